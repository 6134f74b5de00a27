/** Why an answer is not there, in kinds that pages can do something about. */
export type FailureKind =
  | 'offline'
  | 'slow'
  | 'garbled'
  | 'unauthorised'
  | 'forbidden'
  | 'missing'
  | 'elsewhere'
  | 'refused'
  | 'busy'
  | 'broken'
  | 'unloaded';

export class Failure extends Error {
  readonly kind: FailureKind;
  /** One of docs/error-codes.md, where the program gave one. */
  readonly code: string | undefined;
  /** With `elsewhere`: the pod that knows. */
  readonly owner: string | undefined;
  /** For how long nobody should ask again. */
  readonly wait_ms: number;
  constructor(
    kind: FailureKind,
    message: string,
    said: { code?: string; owner?: string; wait_ms?: number } = {},
  ) {
    super(message);
    this.name = 'Failure';
    this.kind = kind;
    this.code = said.code;
    this.owner = said.owner;
    this.wait_ms = said.wait_ms ?? 0;
  }
}

/** Nobody who looks at a page waits for longer. */
const mostWait_ms = 30_000;

/** `Retry-After` as the program gives it: in seconds. */
const waitOf = (after: string | null): number =>
  /^\d{1,6}$/.test(after ?? '') ? Math.min(Number(after) * 1_000, mostWait_ms) : 0;

/** What the program says of its failure goes before what its number means. */
export function failureOf(status: number, body: unknown, after: string | null = null): Failure {
  const { error, message, owner } = (body ?? {}) as Record<string, unknown>;
  const code = typeof error === 'string' ? error : undefined;
  const kind = code === 'elsewhere' ? 'elsewhere' : kindOf(status);
  return new Failure(kind, typeof message === 'string' ? message : usual[kind], {
    ...(code === undefined ? {} : { code }),
    ...(typeof owner === 'string' ? { owner } : {}),
    wait_ms: waitOf(after),
  });
}

function kindOf(status: number): FailureKind {
  if (status === 401) return 'unauthorised';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'missing';
  if (status === 429 || status === 503) return 'busy';
  return status >= 500 ? 'broken' : 'refused';
}

export const usual: Record<FailureKind, string> = {
  offline: 'The program cannot be reached. It may be restarting, or the way to it has ended.',
  slow: 'The program did not answer in time.',
  garbled: 'The answer arrived damaged.',
  unauthorised: 'You are not signed in.',
  forbidden: 'You may not do this.',
  missing: 'There is no such thing.',
  elsewhere: 'Another replica knows this.',
  refused: 'The program does not understand the question.',
  busy: 'The program is busy, or something that it needs is away.',
  broken: 'The program failed at this; its log says why.',
  unloaded:
    'A part of it could not be loaded: the program was upgraded after this page was opened, or ' +
    'cannot be reached. The page has to be loaded anew.',
};

/** What goes away by itself is worth another try. */
export const mayPass = ({ kind }: Failure): boolean =>
  kind === 'offline' ||
  kind === 'slow' ||
  kind === 'garbled' ||
  kind === 'busy' ||
  kind === 'broken';

/** Until it is tried once more, the longer the oftener it failed, and not before it may be. */
export const untilAgain_ms = (failed: number, { wait_ms }: Failure): number =>
  Math.max(500 * 2 ** failed, wait_ms);

export const asFailure = (error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure('broken', `This page failed: ${error instanceof Error ? error.message : error}`);

/**
 * A part that a page loads when it is wanted. An upgrade takes away those of the version before,
 * and a browser does not ask again for one that it did not get.
 */
export const loadPart = <T>(part: Promise<T>): Promise<T> =>
  part.catch(() => {
    throw new Failure('unloaded', usual.unloaded);
  });

/** Nobody has said that what was asked for was not done: it may have arrived. */
export const mayBeDone = (failure: Failure): boolean => mayPass(failure) && failure.kind !== 'busy';
