import {
  type Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  Agent as PlainAgent,
} from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { gzipSync } from 'node:zlib';
import { parseTime } from '../../base/quantity.ts';
import type { ReadTls } from '../../base/tls-files.ts';

/** One POST of OTLP over http/protobuf, and what the answer means. Never throws. */
export type Answer =
  | { kind: 'taken'; rejected: number }
  /** The same bytes would be refused again. */
  | { kind: 'refused'; why: string }
  | { kind: 'later'; why: string; retryAfter_ms?: number };
export type Post = (body: Uint8Array, ending: AbortSignal) => Promise<Answer>;

export interface OtlpEndpoint {
  url: URL;
  headers: Record<string, string>;
  tls?: ReadTls;
}

const timeout_ms = 10_000;
/** As the OTLP specification lists them. */
const retryable = new Set([429, 502, 503, 504]);
const answerLimit = 65_536;

export function createPoster(
  { url, headers, tls = () => ({}) }: OtlpEndpoint,
  rejectedOf: (body: Uint8Array) => number,
): { post: Post; close(): void } {
  const secure = url.protocol === 'https:';
  const agent: HttpAgent = secure
    ? new TlsAgent({ keepAlive: true, maxSockets: 4 })
    : new PlainAgent({ keepAlive: true, maxSockets: 4 });
  const begin = secure ? httpsRequest : httpRequest;
  const send: Post = (body, ending) =>
    new Promise((resolve, reject) => {
      const packed = gzipSync(body);
      const fixed = {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
        'content-length': packed.byteLength,
      };
      const signal = AbortSignal.any([AbortSignal.timeout(timeout_ms), ending]);
      const options = {
        method: 'POST',
        agent,
        headers: { ...headers, ...fixed },
        signal,
        ...(secure ? tls() : {}),
      };
      const request = begin(url, options, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const end = () => resolve(meaning(response, Buffer.concat(chunks), rejectedOf));
        response.on('data', (chunk: Buffer) => {
          size += chunk.byteLength;
          if (size <= answerLimit) chunks.push(chunk);
          else {
            // The status has said what became of the records: they must not be sent again.
            end();
            response.destroy();
          }
        });
        response.on('error', () => resolve({ kind: 'later', why: 'the answer broke off' }));
        response.on('end', end);
      });
      request.on('error', reject);
      request.end(packed);
    });
  // A header or a certificate that makes no sense is thrown before anything is sent.
  return { post: (...of) => send(...of).catch(unsent), close: () => agent.destroy() };
}

const unsent = ({ name, code }: NodeJS.ErrnoException): Answer => ({
  kind: 'later',
  why:
    name === 'AbortError' || name === 'TimeoutError'
      ? 'no answer in time'
      : (code ?? 'no connection'),
});

function meaning(
  { statusCode: status = 0, headers }: IncomingMessage,
  body: Uint8Array,
  rejectedOf: (body: Uint8Array) => number,
): Answer {
  if (status >= 200 && status < 300)
    // A page is a proxy's or a login's, and not a receiver's.
    return headers['content-type']?.startsWith('text/html')
      ? { kind: 'later', why: `HTTP ${status} with a page` }
      : { kind: 'taken', rejected: read(body, rejectedOf) };
  if (!retryable.has(status)) return { kind: 'refused', why: `HTTP ${status}` };
  const retryAfter_ms = waitOf(headers);
  const later = { kind: 'later', why: `HTTP ${status}` } as const;
  return retryAfter_ms === undefined ? later : { ...later, retryAfter_ms };
}

/**
 * Seconds, or a time by the receiver's own clock, which it tells beside. Longer than this nobody
 * who is told to wait would come back for what he has.
 */
const mostWait_ms = 3_600_000;

function waitOf(headers: IncomingMessage['headers']): number | undefined {
  const said = headers['retry-after'];
  if (!said) return undefined;
  const wait_ms = /^\d+$/.test(said)
    ? Number(said) * 1_000
    : parseTime(said) - parseTime(headers.date ?? '');
  return wait_ms > 0 ? Math.min(mostWait_ms, wait_ms) : undefined;
}

/** Many answer `{}` or a word: the status counts. */
function read(body: Uint8Array, rejectedOf: (body: Uint8Array) => number): number {
  try {
    return rejectedOf(body);
  } catch {
    return 0;
  }
}
