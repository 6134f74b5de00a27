import { Failure, failureOf, usual } from './failure.ts';

/**
 * The one place that asks the program. What does not come as it should is a Failure with a kind;
 * of each answer it is noted what time it is at the other end.
 */
export interface Asking {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal | undefined;
  patience_ms?: number;
}

/** Longer is not waited for; what takes longer by its nature says so. */
const usualPatience_ms = 15_000;

/** `path` from /api/v1/ on, encoded. */
export async function ask<T>(path: string, asking: Asking = {}): Promise<T> {
  const { method = 'GET', body, signal, patience_ms = usualPatience_ms } = asking;
  const end = AbortSignal.timeout(patience_ms);
  const sentAt = Date.now();
  try {
    const response = await fetch(`/api/v1/${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, end]) : end,
    });
    noteTime(response.headers.get('date'), sentAt);
    const text = await response.text();
    const read = readJson(text);
    if (!response.ok) throw failureOf(response.status, read.value);
    if (!read.whole && response.status !== 204) throw new Failure('garbled', usual.garbled);
    return read.value as T;
  } catch (error) {
    if (error instanceof Failure || signal?.aborted) throw error;
    throw end.aborted ? new Failure('slow', usual.slow) : new Failure('offline', usual.offline);
  }
}

function readJson(text: string): { whole: boolean; value?: unknown } {
  try {
    return { whole: true, value: JSON.parse(text) };
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
