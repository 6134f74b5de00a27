import type { Stop, StopScope, WhichStops } from '../../model/stop.ts';
import { lifted, resumeRequest, stop, stopRequest, stops } from '../answers/stops.ts';
import { type Api, says } from '../api.ts';

export interface StopDeps {
  stops(): readonly Stop[];
  stop(scope: StopScope, reason: string): Promise<Stop>;
  /** Returns what was lifted. */
  resume(which: WhichStops): Promise<readonly Stop[]>;
}

export function stopRoutes(api: Api, deps: StopDeps): void {
  api.get('/api/v1/stops', says('Emergency stops in force', stops, {}), async () => ({
    items: [...deps.stops()],
  }));
  api.post(
    '/api/v1/stop',
    says('Emergency stop: cancels what runs on the servers and starts nothing new', stop, {
      body: stopRequest,
      config: { right: 'stop' },
    }),
    async ({ body }) => deps.stop(body.scope, body.reason),
  );
  api.post(
    '/api/v1/resume',
    says('Lifts one stop, or, with all: true, every one', lifted, {
      body: resumeRequest,
      config: { right: 'resume' },
    }),
    async ({ body }) => ({ lifted: [...(await deps.resume(body))] }),
  );
}
