import type { Dispatcher } from 'undici';
import { answerTooLarge, KubeError, kubeError } from './kube-error.ts';

/**
 * What comes back from the API server, read no further than a limit: a peer that sends without end,
 * or a proxy that answers for it, must not take our memory.
 */
type Answer = Dispatcher.ResponseData;

const mebibyte = 1_048_576;
/**
 * One object is 1.5 MiB at most, in the API server's own store, and some more in JSON; a Secret is
 * less.
 */
export const objectBytes = 4 * mebibyte;
/**
 * A page or a short list of objects: ours are some kilobytes each, but any may be as large as one
 * can be.
 */
export const listBytes = 32 * mebibyte;
/** What is read of a refusal: a sentence and its causes. */
const refusalBytes = 65_536;
const lineBreak = 10;

/**
 * Its status is what the server said, so that it is not asked for at once again. Leaving the loop
 * over the body destroys the connection.
 */
const tooLarge = (what: string, status: number, bytes: number) =>
  kubeError(what, status, {
    message: `more than ${bytes / mebibyte} MiB came; the connection was cut`,
    reason: answerTooLarge,
  });

async function* chunksOf(body: Answer['body']): AsyncIterable<Buffer> {
  body.on('error', () => undefined); // that it was cut is told by whoever cut it
  for await (const chunk of body) yield chunk;
}

/** The whole answer. Throws KubeError(answerTooLarge). */
export async function readText(
  { body, statusCode }: Answer,
  most_bytes: number,
  what: string,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(body)) {
    bytes += chunk.length;
    if (bytes > most_bytes) throw tooLarge(what, statusCode, most_bytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What the server gives as its reason, where that is no longer than a reason. */
export async function readRefusal(what: string, answer: Answer): Promise<KubeError> {
  const said = await readText(answer, refusalBytes, what).catch((error: unknown) => {
    if (error instanceof KubeError)
      return { message: `more than ${refusalBytes / 1_024} KiB of reasons` };
    throw error;
  });
  const wait = answer.headers['retry-after'];
  return kubeError(what, answer.statusCode, said, Array.isArray(wait) ? wait[0] : wait);
}

/**
 * Lines of a stream of bytes, an object each; what follows the last line break is dropped, the peer
 * was cut off in it. Throws KubeError(answerTooLarge).
 */
export async function* readLines(body: Answer['body'], what: string): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let [parts, bytes]: [string[], number] = [[], 0];
  for await (const chunk of chunksOf(body)) {
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
