import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, type Dispatcher, request as send } from 'undici';
import { type Backoff, backoffDelay } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { untilAborted, withDeadline } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import { answerTooLarge, KubeError, kubeError } from './kube-error.ts';

/**
 * The API server as a transport. @kubernetes/client-node knows where it is and how to log in;
 * requests go over one pool of kept connections. (The library's own calls open a TLS connection
 * each.)
 */
export interface KubeClient {
  /** `https://host:port`. */
  readonly server: string;
  /**
   * A digest of the authority that its certificate is checked by; of its address where that is a
   * public one.
   */
  readonly authority: string;
  /** Of the kubeconfig's context, or of the pod. */
  readonly namespace: string;
  /**
   * Sends until it is answered: 429 and 503 wait as long as the server says, lost connections are
   * tried again. Throws KubeError.
   */
  call<T = unknown>(request: KubeRequest): Promise<T>;
  /**
   * The lines of a watch, parsed. Ends when the server ends it; throws when the connection breaks
   * or nothing comes for `silence_ms`.
   */
  watch(
    path: string,
    query: Record<string, string>,
    silence_ms: number,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent>;
  close(): Promise<void>;
}

export interface KubeRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  /** The largest answer that is read; more of it is an error. */
  most_bytes?: number;
  /** Of all attempts together. */
  timeout_ms?: number;
  /** A request that must not be sent twice: a lost answer is an error. */
  once?: boolean;
  signal?: AbortSignal;
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: Record<string, unknown>;
}

export interface KubeClientOptions {
  /**
   * Undefined: KUBECONFIG or ~/.kube/config where there is one, the pod's ServiceAccount otherwise.
   */
  kubeconfig?: string;
  context?: string;
  clock: Clock;
  random: Random;
  metrics: Metrics;
}

const callTimeout_ms = 30_000;
const attemptTimeout_ms = 10_000;
const connectTimeout_ms = 5_000;
const retries: Backoff = { first_ms: 200, most_ms: 5_000 };
const mebibyte = 1_048_576;
/**
 * One object is 1.5 MiB at most, in the API server's own store, and some more in JSON; a Secret is
 * less.
 */
const objectBytes = 4 * mebibyte;
/**
 * A page or a short list of objects: ours are some kilobytes each, but any may be as large as one
 * can be.
 */
export const listBytes = 32 * mebibyte;
/** What is read of a refusal: a sentence and its causes. */
const refusalBytes = 65_536;
/** Watches hold one each; the rest is for calls. */
const connectionLimit = 64;

/** Throws AppError('cluster_failed') when there is no configuration. */
export function createKubeClient({
  kubeconfig,
  context,
  clock,
  random,
  metrics,
}: KubeClientOptions): KubeClient {
  const config = loadConfig(kubeconfig, context);
  const server = config.getCurrentCluster()?.server.replace(/\/$/, '') ?? '';
  const host = new URL(server).host;
  const requests = metrics.counter(
    'rest_client_requests_total',
    'Requests to the API server by code, method and host.',
    ['code', 'method', 'host'],
  );
  const seconds = metrics.histogram(
    'rest_client_request_duration_seconds',
    'Time until the API server answered.',
    [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15],
    ['verb'],
  );
  const closers = keepDispatcher(config);

  async function once(request: KubeRequest, timeout_ms: number): Promise<Dispatcher.ResponseData> {
    const began = clock.monotonic();
    const login = new RequestContext(server, HttpMethod.GET);
    await config.applySecurityAuthentication(login);
    const query = request.query ? `?${new URLSearchParams(request.query).toString()}` : '';
    const dispatcher = login.getDispatcher();
    const timeout = AbortSignal.timeout(Math.ceil(timeout_ms));
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
    try {
      const sent = send(`${server}${request.path}${query}`, {
        method: request.method,
        headers: {
          ...login.getHeaders(),
          accept: 'application/json',
          ...(request.body === undefined
            ? {}
            : { 'content-type': request.contentType ?? 'application/json' }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        ...(dispatcher ? { dispatcher } : {}),
        headersTimeout: timeout_ms,
        bodyTimeout: timeout_ms,
        signal,
      });
      // While it connects, undici does not listen to the signal.
      const late = () =>
        kubeError(whatOf(request), 0, {
          message: `no answer within ${Math.ceil(timeout_ms)} ms`,
          reason: 'Timeout',
        });
      const stoppable = request.signal ? untilAborted(sent, request.signal) : sent;
      const response = await withDeadline(stoppable, timeout_ms, clock, late);
      requests.inc({ code: String(response.statusCode), method: request.method, host });
      return response;
    } catch (error) {
      requests.inc({ code: '<error>', method: request.method, host });
      throw error;
    } finally {
      seconds.observe((clock.monotonic() - began) / 1_000, { verb: request.method });
    }
  }

  async function attempt(request: KubeRequest, timeout_ms: number): Promise<unknown> {
    try {
      const response = await once(request, timeout_ms);
      if (response.statusCode >= 400) throw await refusalOf(whatOf(request), response);
      const body = await textOf(response, request.most_bytes ?? objectBytes, whatOf(request));
      return body ? (JSON.parse(body) as unknown) : undefined;
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw kubeError(whatOf(request), 0, { message: describe(error), reason: 'Unreachable' });
    }
  }

  return {
    server,
    authority: authorityOf(config, server),
    namespace: namespaceOf(config),
    async call<T>(request: KubeRequest): Promise<T> {
      const deadline = clock.monotonic() + (request.timeout_ms ?? callTimeout_ms);
      for (let tries = 0; ; tries += 1) {
        try {
          const left = Math.max(1, deadline - clock.monotonic());
          return (await attempt(request, Math.min(attemptTimeout_ms, left))) as T;
        } catch (error) {
          const failure = error as KubeError;
          const wait = failure.retryAfter_ms ?? backoffDelay(tries, retries, random);
          if (
            !mayRetry(failure, request) ||
            request.signal?.aborted ||
            clock.monotonic() + wait > deadline
          )
            throw error;
          await clock.sleep(wait, request.signal);
        }
      }
    },
    async *watch(path, query, silence_ms, signal) {
      const login = new RequestContext(server, HttpMethod.GET);
      await config.applySecurityAuthentication(login);
      const dispatcher = login.getDispatcher();
      const sent = send(
        `${server}${path}?${new URLSearchParams({ ...query, watch: '1' }).toString()}`,
        {
          headers: { ...login.getHeaders(), accept: 'application/json' },
          ...(dispatcher ? { dispatcher } : {}),
          headersTimeout: attemptTimeout_ms,
          bodyTimeout: silence_ms,
          signal,
        },
      );
      const response = await untilAborted(sent, signal);
      requests.inc({ code: String(response.statusCode), method: 'GET', host });
      if (response.statusCode >= 400) throw await refusalOf(`WATCH ${path}`, response);
      for await (const line of lines(response.body, `WATCH ${path}`))
        yield JSON.parse(line) as WatchEvent;
    },
    async close() {
      await Promise.all(closers().map((dispatcher) => dispatcher.destroy()));
    },
  };
}

const whatOf = ({ method, path }: KubeRequest) => `${method} ${path}`;

const header = (response: Dispatcher.ResponseData, name: string): string | undefined => {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const describe = (error: unknown): string => {
  const { message, code, cause } = error as {
    message?: string;
    code?: unknown;
    cause?: { code?: unknown };
  };
  // A DOMException (a deadline that has passed is one) has a number for a code.
  return [code, cause?.code].find((each) => typeof each === 'string') ?? message ?? 'no answer';
};

/**
 * Busy and lost: again. What was refused stays refused. A conflict of POST (it is there already) is
 * the caller's to read.
 */
function mayRetry({ status }: KubeError, { once }: KubeRequest): boolean {
  if (status === 429 || status === 503) return true;
  return !once && (status === 0 || status === 500 || status === 502 || status === 504);
}

function loadConfig(kubeconfig: string | undefined, context: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig) config.loadFromFile(kubeconfig);
    else config.loadFromDefault();
    if (context) config.setCurrentContext(context);
  } catch (error) {
    throw new AppError(
      'cluster_failed',
      `the kubeconfig cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
  if (context && !config.getContextObject(context))
    throw new AppError('cluster_failed', `the kubeconfig has no context "${context}"`);
  if (!config.getCurrentCluster())
    throw new AppError(
      'cluster_failed',
      'no cluster is configured: set KUBECONFIG, or run in a pod',
    );
  return config;
}

function authorityOf(config: KubeConfig, server: string): string {
  const { caData, caFile } = config.getCurrentCluster() ?? {};
  const authority = caData ? Buffer.from(caData, 'base64') : caFile ? readFileSync(caFile) : server;
  return createHash('sha256').update(authority).digest('hex').slice(0, 32);
}

function namespaceOf(config: KubeConfig): string {
  return config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
}

/**
 * The library makes a dispatcher, with its own connections, for each request: make it once per set
 * of credentials.
 */
function keepDispatcher(config: KubeConfig): () => Dispatcher[] {
  interface Internals {
    createDispatcherOptions(cluster: unknown, options: object): { type: string; connect?: object };
    createDispatcher(cluster: unknown, options: object): Dispatcher | undefined;
  }
  const internals = config as unknown as Internals;
  const made = new Map<string, Dispatcher>();
  const original = internals.createDispatcher.bind(config);
  internals.createDispatcher = (cluster, options) => {
    const described = internals.createDispatcherOptions(cluster, options);
    const key = JSON.stringify(described);
    const known = made.get(key);
    if (known) return known;
    const dispatcher =
      described.type === 'agent'
        ? new Agent({
            connect: { timeout: connectTimeout_ms, ...described.connect },
            connections: connectionLimit,
            keepAliveTimeout: 30_000,
          })
        : original(cluster, options);
    if (dispatcher) made.set(key, dispatcher);
    return dispatcher;
  };
  return () => [...made.values()];
}

/**
 * Its status is what the server said, so that it is not asked for at once again. Leaving the loop
 * destroys the connection.
 */
const tooLarge = (what: string, status: number, bytes: number) =>
  kubeError(what, status, {
    message: `more than ${bytes / mebibyte} MiB came; the connection was cut`,
    reason: answerTooLarge,
  });

async function textOf(
  { body, statusCode }: Dispatcher.ResponseData,
  most_bytes: number,
  what: string,
): Promise<string> {
  body.on('error', () => undefined); // that it was cut is told by whoever cut it
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most_bytes) throw tooLarge(what, statusCode, most_bytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What the server gives as its reason, where that is no longer than a reason. */
async function refusalOf(what: string, response: Dispatcher.ResponseData): Promise<KubeError> {
  const { statusCode } = response;
  const said = await textOf(response, refusalBytes, what).catch((error: unknown) => {
    if (error instanceof KubeError)
      return { message: `more than ${refusalBytes / 1_024} KiB of reasons` };
    throw error;
  });
  return kubeError(what, statusCode, said, header(response, 'retry-after'));
}

/**
 * Lines of a stream of bytes, an object each; what follows the last line break is dropped, the peer
 * was cut off in it.
 */
async function* lines(body: Dispatcher.ResponseData['body'], what: string): AsyncIterable<string> {
  body.on('error', () => undefined);
  const decoder = new TextDecoder();
  let [parts, bytes]: [string[], number] = [[], 0];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(lineBreak); end >= 0; end = chunk.indexOf(lineBreak, from)) {
      if (bytes + end - from > objectBytes) throw tooLarge(what, 200, objectBytes);
      const line = parts.join('') + decoder.decode(chunk.subarray(from, end), { stream: true });
      [parts, bytes, from] = [[], 0, end + 1];
      if (line) yield line;
    }
    bytes += chunk.length - from;
    if (bytes > objectBytes) throw tooLarge(what, 200, objectBytes);
    parts.push(decoder.decode(chunk.subarray(from), { stream: true }));
  }
}
const lineBreak = 10;
