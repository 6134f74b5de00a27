import { unturnedJson } from '../../src/base/turning.ts';
import { Failure, failureOf, usual } from './failure.ts';

/**
 * The one place that asks the program. What does not come as it should is a Failure with a kind;
 * of each answer it is noted what time it is at the other end.
 */
export interface Asking {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  /** A body of YAML in the place of JSON. */
  yaml?: string;
  signal?: AbortSignal | undefined;
  patience_ms?: number;
}

/** Longer is not waited for; what takes longer by its nature says so. */
const usualPatience_ms = 15_000;

/** `path` from /api/v1/ on, encoded. */
export const ask = <T>(path: string, asking: Asking = {}): Promise<T> =>
  answered(path, asking, async (response) => {
    const read = readJson(await response.text());
    if (!read.whole && response.status !== 204) throw new Failure('garbled', usual.garbled);
    return read.value as T;
  });

/** A document, with the name that the program gives it. */
export const askFile = (path: string, asking: Asking = {}): Promise<File> =>
  answered(path, asking, async (response) => {
    const said = response.headers.get('content-disposition') ?? '';
    return new File([await response.blob()], /filename="([^"]+)"/.exec(said)?.[1] ?? 'file');
  });

async function answered<T>(
  path: string,
  asking: Asking,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { signal, patience_ms = usualPatience_ms } = asking;
  const end = AbortSignal.timeout(patience_ms);
  try {
    const response = await send(path, asking, end);
    if (!response.ok) throw await refusedBy(response);
    return await read(response);
  } catch (error) {
    if (error instanceof Failure || signal?.aborted) throw error;
    throw end.aborted ? new Failure('slow', usual.slow) : new Failure('offline', usual.offline);
  }
}

async function send(path: string, asking: Asking, end: AbortSignal): Promise<Response> {
  const { method = 'GET', body, yaml, signal } = asking;
  const sentAt = Date.now();
  const sent = yaml ?? (body === undefined ? undefined : JSON.stringify(body));
  const type = yaml === undefined ? 'application/json' : 'application/yaml';
  const response = await fetch(`/api/v1/${path}`, {
    method,
    ...(sent === undefined ? {} : { headers: { 'content-type': type }, body: sent }),
    signal: signal ? AbortSignal.any([signal, end]) : end,
  });
  noteTime(response.headers.get('date'), sentAt);
  return response;
}

/** An answer that comes line by line, each of them JSON, while it is made. */
export async function* askLines<T>(path: string, asking: Asking): AsyncGenerator<T> {
  const { signal, patience_ms = usualPatience_ms } = asking;
  const end = AbortSignal.timeout(patience_ms);
  try {
    const response = await send(path, { ...asking, method: 'POST' }, end);
    if (!response.ok) throw await refusedBy(response);
    if (!response.body) return;
    let rest = '';
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter(Boolean)) {
        const { whole, value } = readJson(line);
        if (!whole) throw new Failure('garbled', usual.garbled);
        yield value as T;
      }
    }
  } catch (error) {
    if (error instanceof Failure || signal?.aborted) throw error;
    throw end.aborted ? new Failure('slow', usual.slow) : new Failure('offline', usual.offline);
  }
}

const refusedBy = async (response: Response): Promise<Failure> =>
  failureOf(
    response.status,
    readJson(await response.text()).value,
    response.headers.get('retry-after'),
  );

function readJson(text: string): { whole: boolean; value?: unknown } {
  try {
    return { whole: true, value: JSON.parse(unturnedJson(text)) };
  } catch {
    return { whole: false }; // half of it, or a proxy's page
  }
}

/** Parts of a path or question that are names of somebody else's. */
export const inPath = (...parts: string[]): string => parts.map(encodeURIComponent).join('/');
export function inQuestion(params: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== '');
  return given.length
    ? `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`
    : '';
}

type TimeListener = (ahead_ms: number) => void;
const timeListeners = new Set<TimeListener>();
/** Told how far the server's clock is ahead of this one, with each answer. */
export function onServerTime(listener: TimeListener): () => void {
  timeListeners.add(listener);
  return () => timeListeners.delete(listener);
}

/** The header counts whole seconds; an answer that took long says little. */
const [half_ms, longest_ms] = [500, 3_000];
function noteTime(date: string | null, sentAt: number): void {
  const took = Date.now() - sentAt;
  const at = Date.parse(date ?? '');
  if (Number.isNaN(at) || took > longest_ms) return;
  for (const listener of timeListeners) listener(at + half_ms - (sentAt + took / 2));
}
