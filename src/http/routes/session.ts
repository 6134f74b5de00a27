import * as z from 'zod';
import { type SessionAnswer, session, sessionRequest } from '../answers/session.ts';
import { type Api, says } from '../api.ts';
import { openLimit } from '../bodies.ts';
import type { Caller } from '../caller.ts';
import type { Guard } from '../guard.ts';
import { cookieLine, type Site } from '../site.ts';

/** A browser signs in with a token, once; from then on a cookie goes along that no script reads. */
export interface SessionDeps {
  guard: Guard;
  now(): number;
}

const route = '/api/v1/session';

export function sessionRoutes(api: Api, { guard: { signIn, callerOf }, now }: SessionDeps): void {
  api.get(route, says('Who asks, and what they may', session, {}), async ({ caller, known }) =>
    describe(caller, known?.expiresAt),
  );
  api.post(
    route,
    {
      ...says('Signs a browser in', session, { body: sessionRequest, config: { open: true } }),
      bodyLimit: openLimit,
    },
    async (request, reply) => {
      const { site, body, peer } = request;
      const cookie = cookieOf(site);
      const identity = await signIn.whose(body.token, signIn.address(peer));
      if (!identity) throw refused(401, 'this token is not one that is let in');
      const { value, expiresAt } = signIn.open(identity, body.token);
      request.known = { identity, expiresAt };
      const maxAge_s = Math.floor((expiresAt - now()) / 1_000);
      reply.header('set-cookie', cookieLine(cookie, value, maxAge_s));
      return describe(await callerOf(identity), expiresAt);
    },
  );
  api.delete(
    route,
    {
      ...says('Signs out: the browser forgets its session', z.object({}), {
        config: { open: true },
      }),
      bodyLimit: openLimit,
    },
    async ({ site: { cookie } }, reply) => {
      if (cookie) reply.header('set-cookie', cookieLine(cookie, '', 0));
      return {};
    },
  );
}

const describe = async (caller: Caller, expiresAt?: number): Promise<SessionAnswer> => ({
  user: caller.user,
  mayRead: caller.readable === 'all' ? 'all' : [...caller.readable],
  mayStop: await caller.may('stop'),
  mayResume: await caller.may('resume'),
  mayCheck: await caller.may('check'),
  mayJudge: await caller.may('judge'),
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

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
