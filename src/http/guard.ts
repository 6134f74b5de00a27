import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Logger } from '../base/logger.ts';
import { remark, speaker } from '../model/remark.ts';
import { type Api, NotFound } from './api.ts';
import type { Caller } from './caller.ts';
import { createCallers } from './callers.ts';
import { createLimiter } from './limiter.ts';
import { missingRight, RightMissing } from './missing-right.ts';
import { createPlaces } from './places.ts';
import type { Reviews } from './reviews.ts';
import { type Identity, nameOf } from './session-cookie.ts';
import { bearerOf, createSignIn, type Known, type SignIn, TooMany } from './sign-in.ts';
import { type Site, siteOf } from './site.ts';
import { type Peer, peerOf, type TrustedProxy } from './trusted-proxy.ts';
import { whyForeign } from './why-foreign.ts';

/**
 * Before every route: is the request our own pages' or a program's, who asks, how often, and may
 * they. After every change: a line in the log that says who, what, why, from where, and what came
 * of it.
 */
export interface GuardDeps {
  /** Of the API, shared by all replicas: its holder may everything. */
  token: string;
  /** Under which browsers come from outside, over https. */
  publicUrl?: URL | undefined;
  /** The cluster's word on tokens and rights; undefined: only the API's token counts. */
  reviews?: Reviews | undefined;
  proxy?: TrustedProxy | undefined;
  /** Those that have targets. */
  namespaces(): Iterable<string>;
  now(): number;
  monotonic(): number;
  logger: Logger;
}

declare module 'fastify' {
  interface FastifyRequest {
    peer: Peer;
    site: Site;
    /** Absent where a route is open and nobody has signed in. */
    known: Known | undefined;
    /** What a change is about, for the log, where its body does not say it in words of JSON. */
    subject: Record<string, string> | undefined;
    /** What the caller may by now, for what goes on; undefined: the session is over. */
    again(): Promise<Caller | undefined>;
  }
  interface FastifyContextConfig {
    /** Whoever asks: where one signs in and out. */
    open?: boolean;
  }
}

/** A page asks some ten at once when it is opened; nobody reads faster than this. */
const requests = { perSecond: 20, burst: 60 };
/** Answers of one that nobody has read yet, which lie in our memory; streams among them. */
const mostUnread = 40;

export interface Guard {
  /** A cluster says who may what. */
  cluster: boolean;
  signIn: SignIn;
  callerOf(identity: Identity): Promise<Caller>;
}

export function guard(server: Api, deps: GuardDeps): Guard {
  const { publicUrl, reviews, proxy = { addresses: [] }, monotonic } = deps;
  const signIn = createSignIn({ ...deps, reviews, proxy });
  const callerOf = createCallers({ ...deps, reviews });
  const limiter = createLimiter({ ...requests, now: monotonic });
  const takePlace = createPlaces(mostUnread);
  server.decorateRequest<Caller | null>('caller', null);
  server.decorateRequest('known', undefined);
  server.decorateRequest('subject', undefined);
  server.decorateRequest<Site | null>('site', null);
  server.decorateRequest<Peer | null>('peer', null);
  server.decorateRequest('again', async function again(this: FastifyRequest) {
    const known = await signIn.known(this.peer, this.site);
    return known && callerOf(known.identity);
  });
  server.addHook('onRoute', namesItsRight);
  server.addHook('onRequest', async (request, reply) => {
    const { headers, method, routeOptions } = request;
    request.peer = peerOf(request.raw);
    request.site = siteOf(headers.host ?? '', publicUrl);
    const { open = false } = routeOptions.config;
    const bearer = bearerOf(headers) !== undefined;
    const foreign = whyForeign({ method, headers, origin: request.site.origin, bearer });
    if (foreign && (open || bearer || showsSomething(headers)))
      return refuse(reply, 403, 'forbidden', foreign);
    const known = foreign ? undefined : await signIn.known(request.peer, request.site);
    if (!known) return open ? undefined : unauthorised(reply, reviews !== undefined);
    const wait = known.counted === undefined ? undefined : limiter.take(known.counted);
    if (wait !== undefined) throw new TooMany('too many requests', wait);
    if (known.counted !== undefined && !takePlace(known.counted, reply.raw))
      throw new TooMany('too many answers that nobody has read', 1);
    request.known = known;
    request.caller = await callerOf(known.identity);
    return undefined;
  });
  server.addHook('preHandler', (request) => checkRights(request, reviews !== undefined));
  server.addHook('onResponse', async (request, reply) => {
    // Who was not let in has changed nothing, and could fill the log.
    if (request.known && changes(request))
      tell(deps.logger, signIn.address(request.peer), request, reply);
  });
  return { cluster: reviews !== undefined, signIn, callerOf };
}

/** What a browser sends along without being asked to; a program that brings nothing gets 401. */
const showsSomething = ({ cookie, origin, ...headers }: FastifyRequest['headers']) =>
  cookie !== undefined || origin !== undefined || headers['x-forwarded-user'] !== undefined;

const refuse = (reply: FastifyReply, status: number, error: string, message: string) =>
  reply.code(status).send({ error, message });

const unauthorised = (reply: FastifyReply, cluster: boolean) =>
  refuse(
    reply.header('www-authenticate', 'Bearer'),
    401,
    'unauthorised',
    'a bearer token is wanted: Authorization: Bearer …, the API’s' +
      (cluster ? ', or one of the cluster for the audience dbintel' : ''),
  );

/** What one may not read is not there; what one may not do is said. */
async function checkRights(
  { caller, params, routeOptions }: FastifyRequest,
  cluster: boolean,
): Promise<void> {
  const { right, open } = routeOptions.config;
  if (open) return;
  const { namespace } = params as { namespace?: string };
  if (namespace !== undefined && !caller.mayRead(namespace))
    throw new NotFound(`there is nothing in the namespace ${namespace}`);
  if (!right || right === 'none' || (await caller.may(right, namespace))) return;
  const { user } = caller;
  throw new RightMissing(user, missingRight({ user, right, namespace, cluster }));
}

const changes = ({ method, query, routeOptions: { config } }: FastifyRequest) =>
  method !== 'GET' &&
  !isDryRun(query) &&
  (config.open === true || (config.right ?? 'none') !== 'none');

/** As a route's schema has read it. */
const isDryRun = (query: unknown) => (query as { dryRun?: unknown } | undefined)?.dryRun === true;

/** Found at the start and not when somebody uses what nobody thought of. */
function namesItsRight({ method, url, config }: RouteOptions): void {
  const reads = [method].flat().every((each) => each === 'GET' || each === 'HEAD');
  if (!reads && !config?.right && !config?.open) throw new Error(`${url} names no right`);
}

/**
 * Never a token: of the body, what says of what and why, and nothing of one that no schema has let
 * through, which may be long, deep, or of any kind.
 */
function tell(logger: Logger, from: string, request: FastifyRequest, reply: FastifyReply): void {
  const { method, url, known, subject } = request;
  const body = reply.statusCode === 400 ? {} : request.body;
  const { scope, id, all, kind, until, by, reason, why } = (body ?? {}) as Record<string, unknown>;
  const said = [reason, why].find((each) => typeof each === 'string');
  logger.info(
    {
      user: known ? nameOf(known.identity) : undefined,
      from,
      change: `${method} ${url.split('?')[0]}`,
      what: {
        scope,
        id,
        all,
        kind,
        until,
        ...subject,
        ...(typeof by === 'string' ? { by: speaker(by) } : {}),
      },
      ...(said === undefined ? {} : { why: remark(String(said)) }),
      status: reply.statusCode,
    },
    'somebody changed something through the API',
  );
}
