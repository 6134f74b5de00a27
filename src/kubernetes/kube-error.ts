import * as z from 'zod';
import { AppError } from '../base/errors.ts';

/**
 * What the API server answered instead of what was asked for. `causes` are those of its Status
 * object.
 */
export class KubeError extends AppError {
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly { field: string; message: string }[];
  /** The server asked to wait for so long. */
  readonly retryAfter_ms: number | undefined;
  constructor(
    what: string,
    answer: {
      status: number;
      reason: string;
      message: string;
      causes: KubeError['causes'];
      retryAfter_ms?: number;
    },
  ) {
    super('cluster_failed', `${what}: ${answer.message} (${answer.status || 'no answer'})`);
    this.name = 'KubeError';
    this.status = answer.status;
    this.reason = answer.reason;
    this.causes = answer.causes;
    this.retryAfter_ms = answer.retryAfter_ms;
  }
}

/** The right is missing: with the namespace, say, that it was given in. */
export const isForbidden = (error: unknown): boolean =>
  error instanceof KubeError && error.status === 403;

/**
 * The API server says that the object is not there. The page of a proxy that does not know the
 * path, or of a server that does not serve the kind (yet), says nothing of it.
 */
export const isNotThere = ({ status, reason }: Pick<KubeError, 'status' | 'reason'>): boolean =>
  status === 404 && reason === 'NotFound';

/** Reason of ours: the answer was more than we read. */
export const answerTooLarge = 'AnswerTooLarge';

interface StatusObject {
  message?: string;
  reason?: string;
  code?: number;
  details?: { causes?: { field?: string; message?: string }[]; retryAfterSeconds?: number };
}

/**
 * An answer with status ≥ 400, or an ERROR event of a watch. Its body is a Status object, or a
 * proxy's page.
 */
export function kubeError(
  what: string,
  status: number,
  body: string | StatusObject,
  retryAfterHeader?: string,
): KubeError {
  const answer = statusOf(typeof body === 'string' ? parseStatus(body) : body);
  const seconds = Number(retryAfterHeader ?? answer.details?.retryAfterSeconds);
  return new KubeError(what, {
    status: answer.code ?? status,
    reason: answer.reason ?? '',
    message: (answer.message ?? 'no reason given').slice(0, 500),
    causes: (answer.details?.causes ?? []).map(({ field = '', message = '' }) => ({
      field,
      message,
    })),
    ...(Number.isFinite(seconds) && seconds > 0
      ? { retryAfter_ms: Math.min(60, seconds) * 1_000 }
      : {}),
  });
}

/** A proxy, or a server that lies, may say anything. */
const statusSchema = z
  .object({
    message: z.string(),
    reason: z.string(),
    code: z.int(),
    details: z
      .object({
        causes: z.array(z.object({ field: z.string(), message: z.string() }).partial()),
        retryAfterSeconds: z.number(),
      })
      .partial(),
  })
  .partial();
const statusOf = (said: unknown): StatusObject => {
  const read = statusSchema.safeParse(said);
  return read.success ? (read.data as StatusObject) : { message: 'no reason that makes sense' };
};

function parseStatus(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return { message: body.slice(0, 200) };
  }
}
