import * as z from 'zod';
import {
  type SessionAnswer,
  session,
  sessionQuestion,
  sessionRequest,
} from '../answers/session.ts';
import { type Api, says } from '../api.ts';
import { openLimit } from '../bodies.ts';
import { type Caller, rights } from '../caller.ts';
import type { EventHub } from '../event-hub.ts';
import type { Guard } from '../guard.ts';
import { missingRight } from '../missing-right.ts';
import type { Identity } from '../session-cookie.ts';
import { cookieLine, type Site } from '../site.ts';

/** A browser signs in with a token, once; from then on a cookie goes along that no script reads. */
export interface SessionDeps {
  guard: Guard;
  hub: Pick<EventHub, 'signedOut'>;
  now(): number;
}

const route = '/api/v1/session';

export function sessionRoutes(api: Api, { guard, hub, now }: SessionDeps): void {
  const { signIn, callerOf } = guard;
  api.get(route, says('Who asks, and what they may', session, {}), async ({ caller, known }) =>
    describe(guard, known?.identity ?? { kind: 'token' }, caller, known?.expiresAt),
  );
  api.post(
    route,
    {
      ...says('Signs a browser in', session, {
        body: sessionRequest,
        querystring: sessionQuestion,
        config: { open: true },
      }),
      bodyLimit: openLimit,
    },
    async (request, reply) => {
      const { site, body, peer, query } = request;
      const cookie = cookieOf(site);
      const identity = await signIn.whose(body.token, signIn.address(peer));
      if (!identity) throw refused(401, 'this token is not one that is let in');
      const { value, expiresAt } = signIn.open(identity, body.token);
      if (!query.dryRun) {
        request.known = { identity, expiresAt };
        const maxAge_s = Math.floor((expiresAt - now()) / 1_000);
        reply.header('set-cookie', cookieLine(cookie, value, maxAge_s));
      }
      return describe(guard, identity, await callerOf(identity), expiresAt);
    },
  );
  api.delete(
    route,
    {
      ...says('Signs out: the browser forgets its session, and its streams end', z.object({}), {
        config: { open: true },
      }),
      bodyLimit: openLimit,
    },
    async ({ site: { cookie }, known }, reply) => {
      if (cookie) reply.header('set-cookie', cookieLine(cookie, '', 0));
      if (known) signIn.close(known);
      if (known?.counted !== undefined) hub.signedOut(known.counted);
      return {};
    },
  );
}

async function describe(
  { cluster }: Guard,
  { kind }: Identity,
  caller: Caller,
  expiresAt?: number,
): Promise<SessionAnswer> {
  const { user, readable } = caller;
  const may = async (right: (typeof rights)[number]) => [right, await caller.may(right)] as const;
  const has = new Map(await Promise.all(rights.map(may)));
  const lacks = rights.filter((right) => !has.get(right));
  const all = readable !== 'all' && readable.length === 0 ? (['read', ...lacks] as const) : lacks;
  return {
    user,
    kind,
    mayRead: readable === 'all' ? 'all' : [...readable],
    mayStop: has.get('stop') === true,
    mayResume: has.get('resume') === true,
    mayCheck: has.get('check') === true,
    mayJudge: has.get('judge') === true,
    missing: all.map((right) => missingRight({ user, right, cluster })),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

function cookieOf({ cookie }: Site): NonNullable<Site['cookie']> {
  if (cookie) return cookie;
  throw refused(
    403,
    'a session wants https, under the name that DBINTEL_PUBLIC_URL gives, or a port that is ' +
      'forwarded to this machine (`kubectl dbintel ui`)',
  );
}

const refused = (statusCode: number, message: string) =>
  Object.assign(new Error(message), { statusCode });
