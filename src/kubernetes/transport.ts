import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { type Dispatcher, request as send } from 'undici';
import type { Clock } from '../base/clock.ts';
import { untilAborted, withDeadline } from '../base/deadline.ts';
import type { Metrics } from '../base/metrics.ts';
import { readRefusal } from './answer.ts';
import { kubeError } from './kube-error.ts';
import { keepDispatchers } from './kubeconfig.ts';

/** One request and its answer, logged in and counted; what a failure means the client says. */
export interface Transport {
  /** `https://host:port`. */
  readonly server: string;
  /**
   * The answer, whose body is still to be read; in `timeout_ms`, whatever the server does. Throws
   * KubeError for an answer that is a refusal.
   */
  request(request: Outgoing, timeout_ms: number): Promise<Dispatcher.ResponseData>;
  /** The same without an end: an error when nothing comes for `silence_ms`. */
  stream(request: StreamRequest, silence_ms: number): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

export interface Outgoing {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
}

interface StreamRequest {
  /** For people. */
  what: string;
  path: string;
  query: Record<string, string>;
  signal: AbortSignal;
}

export interface TransportDeps {
  clock: Clock;
  metrics: Metrics;
}

/** Of the headers, once connected. */
export const attemptTimeout_ms = 10_000;

export function openTransport(config: KubeConfig, { clock, metrics }: TransportDeps): Transport {
  const server = config.getCurrentCluster()?.server.replace(/\/$/, '') ?? '';
  const { counted, timed } = requestMetrics(metrics, new URL(server).host, clock);
  const dispatchers = keepDispatchers(config);
  return {
    server,
    async request(outgoing, timeout_ms) {
      const { method, signal } = outgoing;
      const most_ms = Math.ceil(timeout_ms);
      const timeout = AbortSignal.timeout(most_ms);
      const sent = open(config, server, outgoing, {
        headersTimeout: timeout_ms,
        bodyTimeout: timeout_ms,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      // While it connects, undici does not listen to the signal.
      const answered = withDeadline(
        signal ? untilAborted(sent, signal) : sent,
        timeout_ms,
        clock,
        () => late(whatOf(outgoing), most_ms),
      );
      return accepted(whatOf(outgoing), await timed(method, counted(method, answered)));
    },
    async stream({ what, path, query, signal }, silence_ms) {
      const timeouts = { headersTimeout: attemptTimeout_ms, bodyTimeout: silence_ms, signal };
      const sent = open(config, server, { method: 'GET', path, query }, timeouts);
      return accepted(what, await counted('GET', untilAborted(sent, signal)));
    },
    async close() {
      await Promise.all(dispatchers().map((dispatcher) => dispatcher.destroy()));
    },
  };
}

async function open(
  config: KubeConfig,
  server: string,
  { method, path, query, body, contentType = 'application/json' }: Outgoing,
  timeouts: { headersTimeout: number; bodyTimeout: number; signal: AbortSignal },
): Promise<Dispatcher.ResponseData> {
  const login = new RequestContext(server, HttpMethod.GET);
  await config.applySecurityAuthentication(login);
  const dispatcher = login.getDispatcher();
  const search = query ? `?${new URLSearchParams(query).toString()}` : '';
  return send(`${server}${path}${search}`, {
    method,
    headers: {
      ...login.getHeaders(),
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(dispatcher ? { dispatcher } : {}),
    ...timeouts,
  });
}

export const whatOf = ({ method, path }: Outgoing): string => `${method} ${path}`;

const late = (what: string, most_ms: number) =>
  kubeError(what, 0, { message: `no answer within ${most_ms} ms`, reason: 'Timeout' });

async function accepted(
  what: string,
  answer: Dispatcher.ResponseData,
): Promise<Dispatcher.ResponseData> {
  if (answer.statusCode >= 400) throw await readRefusal(what, answer);
  return answer;
}

/** By the names that Kubernetes' own clients use. */
function requestMetrics(metrics: Metrics, host: string, clock: Clock) {
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
  return {
    async counted(method: string, answered: Promise<Dispatcher.ResponseData>) {
      try {
        const answer = await answered;
        requests.inc({ code: String(answer.statusCode), method, host });
        return answer;
      } catch (error) {
        requests.inc({ code: '<error>', method, host });
        throw error;
      }
    },
    async timed<T>(verb: string, answered: Promise<T>): Promise<T> {
      const began = clock.monotonic();
      return answered.finally(() => seconds.observe((clock.monotonic() - began) / 1_000, { verb }));
    },
  };
}
