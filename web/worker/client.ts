import { AppError } from '../../src/base/errors.ts';
import { joinParts, type PlanPart } from './plan-parts.ts';
import type { Answer, Progress, Reply, Request, Text } from './protocol.ts';

/**
 * Reads plans beside the page, so that no text holds it up. One is read at a time: who asks again
 * no longer wants what was asked before. A worker that is busy with that, or over its time, is
 * ended and another one started; nothing else would interrupt it.
 */
export interface PlanReader {
  /**
   * What came of each of the texts, in their order. Rejects with AppError: too_large over the
   * time, internal where the worker does not run; with an AbortError where it was asked anew,
   * aborted or closed.
   */
  read(texts: readonly Text[], options?: ReadOptions): Promise<Answer[]>;
  close(): void;
}

export interface ReadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** Of a Worker, what is needed. */
export type StartWorker = () => Pick<Worker, 'postMessage' | 'addEventListener' | 'terminate'>;

/** Ten megabytes of text are read in a fifth of it; nobody waits longer. */
const usualDeadline_ms = 20_000;

interface Waiting {
  id: number;
  resolve(answers: Answer[]): void;
  reject(reason: unknown): void;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Nodes that have come, by text. */
  parts: PlanPart[][];
}

/** `start` is one of start-file.ts and start-inlined.ts. */
export function createPlanReader(
  start: StartWorker,
  deadline_ms: number = usualDeadline_ms,
): PlanReader {
  /** It ended while nobody waited for it. */
  let ended = false;
  let [waiting, worker, asked]: [Waiting | undefined, ReturnType<StartWorker>, number] = [
    undefined,
    open(),
    0,
  ];

  function open() {
    const opened = start();
    opened.addEventListener('message', ({ data }: MessageEvent<Reply>) => hear(data));
    opened.addEventListener('error', () => {
      if (waiting) giveUp(new AppError('internal', notRunning));
      else ended = true;
    });
    return opened;
  }

  function hear(reply: Reply) {
    if (reply.id !== waiting?.id) return;
    if (reply.kind === 'progress') return waiting.onProgress?.(reply);
    const { resolve, parts } = waiting;
    if (reply.kind === 'part') return void (parts[reply.text] ??= []).push(reply);
    waiting = undefined;
    resolve(reply.answers.map((answer, text) => whole(answer, parts[text])));
  }

  /** Nobody waits any more; who is ready for the next request is a new worker. */
  function giveUp(reason: unknown) {
    const given = waiting;
    waiting = undefined;
    if (!given) return;
    worker.terminate();
    worker = open();
    given.reject(reason);
  }

  return {
    async read(texts, { signal, onProgress } = {}) {
      signal?.throwIfAborted();
      giveUp(aborted('another plan was given'));
      if (ended) {
        worker.terminate();
        worker = open();
        ended = false;
      }
      const { promise, resolve, reject } = Promise.withResolvers<Answer[]>();
      const id = ++asked;
      waiting = { id, resolve, reject, onProgress, parts: [] };
      const late = setTimeout(() => {
        if (waiting?.id === id) giveUp(new AppError('too_large', tooSlow(deadline_ms)));
      }, deadline_ms);
      const stop = () => waiting?.id === id && giveUp(signal?.reason);
      signal?.addEventListener('abort', stop);
      const sent = texts.map(({ text, statement }) => ({
        text: text.length > mostCopied ? encoder.encode(text) : text,
        statement,
      }));
      const moved = sent.flatMap(({ text }) => (typeof text === 'string' ? [] : [text.buffer]));
      worker.postMessage({ id, texts: sent } satisfies Request, moved);
      return promise.finally(() => {
        clearTimeout(late);
        signal?.removeEventListener('abort', stop);
      });
    },
    close() {
      const given = waiting;
      waiting = undefined;
      worker.terminate();
      given?.reject(aborted('the page is left'));
    },
  };
}

/** Characters: copying more is felt. */
const mostCopied = 500_000;
const encoder = new TextEncoder();

/** With the nodes that came before it. */
function whole(answer: Answer, parts: readonly PlanPart[] = []): Answer {
  if (answer.kind === 'refused') return answer;
  const { plan } = answer;
  return { ...answer, plan: { ...plan, root: joinParts(parts) ?? plan.root } };
}

const aborted = (why: string) => new DOMException(why, 'AbortError');
const notRunning = 'the reader of plans does not run in this browser';
const tooSlow = (ms: number) => `no answer within ${ms / 1_000} s: the text is too large`;
