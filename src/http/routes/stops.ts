import type { Stop, StopScope, WhichStops } from '../../model/stop.ts';
import { type StopProgressAnswer, stopProgress } from '../answers/stop-progress.ts';
import {
  lifted,
  resumeRequest,
  stopPath,
  stopped,
  stopQuestion,
  stopRequest,
  stops,
} from '../answers/stops.ts';
import { type Api, NotFound, says } from '../api.ts';
import { speakerOf } from '../caller.ts';
import { stopsShownTo } from '../stops-shown.ts';

export interface StopDeps {
  stops(): readonly Stop[];
  stop(scope: StopScope, reason: string, by: string): Promise<Stop>;
  /** What every replica says of one in force; undefined: there is none of that id. */
  progress(id: string): Promise<StopProgressAnswer | undefined>;
  preview(scope: StopScope): Promise<{ targets: number; running: number }>;
  /** Returns what was lifted. */
  resume(which: WhichStops): Promise<readonly Stop[]>;
}

export function stopRoutes(api: Api, deps: StopDeps): void {
  api.get('/api/v1/stops', says('Emergency stops in force', stops, {}), async ({ caller }) => ({
    items: stopsShownTo(caller, deps.stops()),
  }));
  api.post(
    '/api/v1/stop',
    says('Emergency stop: cancels what runs on the servers and starts nothing new', stopped, {
      body: stopRequest,
      querystring: stopQuestion,
      config: { right: 'stop' },
    }),
    async ({ body, caller, query: { dryRun } }) =>
      dryRun
        ? { dryRun: true as const, ...(await deps.preview(body.scope)) }
        : deps.stop(body.scope, body.reason, speakerOf(caller)),
  );
  api.get(
    '/api/v1/stops/:id',
    says('What each replica has done about a stop', stopProgress, { params: stopPath }),
    async ({ params: { id }, caller }) => {
      const found = await deps.progress(id);
      const [shown] = found ? stopsShownTo(caller, [found]) : [];
      if (!found || !shown) throw new NotFound(`there is no stop ${id} in force`);
      return { ...found, scope: shown.scope };
    },
  );
  api.post(
    '/api/v1/resume',
    says('Lifts one stop, or, with all: true, every one', lifted, {
      body: resumeRequest,
      config: { right: 'resume' },
    }),
    async ({ body, caller }) => ({ lifted: stopsShownTo(caller, await deps.resume(body)) }),
  );
}
