import { AppError } from '../../base/errors.ts';
import type { HistoryQuestions } from '../../history/history-questions.ts';
import type { Stop, StopScope, WhichStops } from '../../model/stop.ts';
import { pastStops, pastStopsQuestion } from '../answers/past-stops.ts';
import { type StopProgressAnswer, stopProgress } from '../answers/stop-progress.ts';
import {
  lifted,
  resumeRequest,
  type StopPreviewAnswer,
  stopPath,
  stopped,
  stopQuestion,
  stopRequest,
  stops,
} from '../answers/stops.ts';
import { type Api, NotFound, says } from '../api.ts';
import { type Caller, speakerOf } from '../caller.ts';
import { offsetOf } from '../cursor.ts';
import { mayReadAllOf, pastStopShown, stopsShownTo } from '../stops-shown.ts';

export interface StopDeps {
  stops(): readonly Stop[];
  stop(scope: StopScope, reason: string, by: string): Promise<Stop>;
  /** What every replica says of one in force; undefined: there is none of that id. */
  progress(id: string, readable: Readable): Promise<StopProgressAnswer | undefined>;
  preview(scope: StopScope, readable: Readable): Promise<StopPreviewAnswer>;
  /** Returns what was lifted. */
  resume(which: WhichStops, by: string): Promise<readonly Stop[]>;
  history: Pick<HistoryQuestions, 'pastStops'>;
  now(): number;
}

/** Nothing else is counted. */
export type Readable = Pick<Caller, 'mayRead'> & {
  /** Figures of a stop that count by more than names may be told. */
  whole(stop: Stop): boolean;
};

const readableBy = (caller: Caller): Readable => ({
  mayRead: caller.mayRead,
  whole: (stop) => mayReadAllOf(caller, stop),
});

/** Whoever lifts one and is told that all is well would believe that it is over. */
function notLifted({ stops }: StopDeps, caller: Caller, id: string): AppError {
  const stays = stopsShownTo(caller, stops()).some((stop) => stop.id === id);
  return stays
    ? new AppError('emergency_stop', `${id} is an EmergencyStop: it lasts until that is removed`)
    : new NotFound(`there is no stop ${id} in force`);
}

/** Whoever keeps stops says three times as often that they are in force. */
const unseenAfter_ms = 180_000;

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
        ? { dryRun: true as const, ...(await deps.preview(body.scope, readableBy(caller))) }
        : deps.stop(body.scope, body.reason, speakerOf(caller)),
  );
  api.get(
    '/api/v1/stops/:id',
    says('What each replica has done about a stop', stopProgress, { params: stopPath }),
    async ({ params: { id }, caller }) => {
      const found = await deps.progress(id, readableBy(caller));
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
    async ({ body, caller }) => {
      const lifted = await deps.resume(body, speakerOf(caller));
      if ('id' in body && lifted.length === 0) throw notLifted(deps, caller, body.id);
      return { lifted: stopsShownTo(caller, lifted) };
    },
  );
  api.get(
    '/api/v1/past-stops',
    says('Emergency stops that are over, the last first: what each did', pastStops, {
      querystring: pastStopsQuestion,
    }),
    async ({ caller, query: { limit, cursor } }) => {
      const from = offsetOf(cursor);
      const kept = await deps.history.pastStops(deps.now() - unseenAfter_ms);
      const isInForce = ({ id, since }: Stop) =>
        deps.stops().some((stop) => stop.id === id && stop.since === since);
      const found = kept
        .filter((stop) => !isInForce(stop))
        .flatMap((stop) => pastStopShown(caller, stop));
      const items = found.slice(from, from + limit);
      return { items, ...(from + limit < found.length ? { next: String(from + limit) } : {}) };
    },
  );
}
