import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import { objectBytes, readLines, readText } from './answer.ts';
import type { WatchEvent } from './api-object.ts';
import { type Attempt, callUntilAnswered } from './call-until-answered.ts';
import { kubeError } from './kube-error.ts';
import { authorityOf, type ConfigSource, loadConfig, namespaceOf } from './kubeconfig.ts';
import {
  attemptTimeout_ms,
  type Outgoing,
  openTransport,
  type Transport,
  whatOf,
} from './transport.ts';

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

export interface KubeRequest extends Outgoing {
  /** The largest answer that is read; more of it is an error. */
  most_bytes?: number;
  /** Of all attempts together. */
  timeout_ms?: number;
  /** A request that must not be sent twice: a lost answer is an error. */
  once?: boolean;
}

export interface KubeClientOptions extends ConfigSource {
  clock: Clock;
  random: Random;
  metrics: Metrics;
}

/** Throws AppError('cluster_failed') when there is no configuration. */
export function createKubeClient(options: KubeClientOptions): KubeClient {
  const config = loadConfig(options);
  const transport = openTransport(config, options);
  return {
    server: transport.server,
    authority: authorityOf(config, transport.server),
    namespace: namespaceOf(config),
    call: async <T>(request: KubeRequest) =>
      (await callUntilAnswered(
        (left_ms) => attempt(transport, request, Math.min(attemptTimeout_ms, left_ms)),
        request,
        options,
      )) as T,
    async *watch(path, query, silence_ms, signal) {
      const what = `WATCH ${path}`;
      const answer = await transport.stream(
        { what, path, query: { ...query, watch: '1' }, signal },
        silence_ms,
      );
      for await (const line of readLines(answer.body, what)) yield JSON.parse(line);
    },
    close: transport.close,
  };
}

async function attempt(
  transport: Transport,
  request: KubeRequest,
  timeout_ms: number,
): Promise<Attempt> {
  const what = whatOf(request);
  try {
    const response = await transport.request(request, timeout_ms);
    const text = await readText(response, request.most_bytes ?? objectBytes, what);
    return { kind: 'answer', answer: text ? JSON.parse(text) : undefined };
  } catch (error) {
    if (error instanceof AppError) return { kind: 'failure', error };
    const lost = { message: describe(error), reason: 'Unreachable' };
    return { kind: 'failure', error: kubeError(what, 0, lost) };
  }
}

/** The code of what failed on the way where there is one, its message otherwise. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  // A DOMException (a deadline that has passed is one) has a number for a code.
  const codes: unknown[] = [error, error.cause]
    .filter((each) => each instanceof Error)
    .map((each) => Reflect.get(each, 'code'));
  return codes.find((each) => typeof each === 'string') ?? error.message;
}
