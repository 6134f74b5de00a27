import type { FastifyRequest } from 'fastify';
import { events, eventsQuestion } from '../answers/events.ts';
import { failure } from '../answers/failure.ts';
import type { Api } from '../api.ts';
import { tokenHolder } from '../caller.ts';
import type { EventHub } from '../event-hub.ts';
import type { Guard } from '../guard.ts';
import { missingRight, RightMissing } from '../missing-right.ts';
import { TooMany } from '../sign-in.ts';

export interface StreamDeps {
  hub: EventHub;
  guard: Pick<Guard, 'cluster'>;
}

/** Where there is no place for one more: until somebody else goes. */
const retryAfter_s = 10;

/** Never compressed: what waits to be flushed would come late. */
export function eventRoutes(api: Api, { hub, guard: { cluster } }: StreamDeps): void {
  api.addHook('preClose', () => hub.close());
  api.get(
    '/api/v1/events',
    {
      // Without a body nobody is told anything, and it would hold a place for ever.
      exposeHeadRoute: false,
      schema: {
        summary: 'What changes, as server-sent events; one connection a browser',
        querystring: eventsQuestion,
        response: {
          200: { content: { 'text/event-stream': { schema: events } } },
          '4xx': failure,
          '5xx': failure,
        },
      },
    },
    (request, reply) => {
      const { caller, known } = request;
      const { user, readable } = caller;
      if (readable !== 'all' && readable.length === 0)
        throw new RightMissing(user, missingRight({ user, right: 'read', cluster }));
      const who = whoListens(request);
      if (hub.isFull(who)) throw new TooMany('too many listen to this replica', retryAfter_s);
      const { topics, since } = request.query;
      const asked = topics.split(',').map((topic) => topic.trim());
      const last = request.headers['last-event-id'];
      reply.hijack();
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      });
      hub.listen({
        response: reply.raw,
        who,
        session: known?.expiresAt === undefined ? undefined : known.counted,
        caller,
        again: () => request.again(),
        topics: new Set((['fleet', 'stops'] as const).filter((topic) => asked.includes(topic))),
        targets: new Set(asked.flatMap((topic) => /^target:(.+)$/.exec(topic)?.[1] ?? [])),
        since: typeof last === 'string' ? last : since,
      });
    },
  );
}

/** People who share the API's token have sessions of their own. */
const whoListens = ({ caller, known }: FastifyRequest): string =>
  caller === tokenHolder ? (known?.counted ?? caller.user) : `user ${caller.user}`;
