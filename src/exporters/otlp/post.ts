import { type Agent as HttpAgent, request as httpRequest, Agent as PlainAgent } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { gzipSync } from 'node:zlib';

/** One POST of OTLP over http/protobuf, and what the answer means. Never throws. */
export type Answer =
  | { kind: 'taken'; rejected: number }
  /** The same bytes would be refused again. */
  | { kind: 'refused'; why: string }
  | { kind: 'later'; why: string; retryAfter_ms?: number };
export type Post = (body: Uint8Array) => Promise<Answer>;

export interface OtlpEndpoint {
  url: URL;
  headers: Record<string, string>;
  ca?: string;
  cert?: string;
  key?: string;
}

const timeout_ms = 10_000;
/** As the OTLP specification lists them. */
const retryable = new Set([429, 502, 503, 504]);
const answerLimit = 65_536;

export function createPoster(
  { url, headers, ...tls }: OtlpEndpoint,
  rejectedOf: (body: Uint8Array) => number,
): { post: Post; close(): void } {
  const secure = url.protocol === 'https:';
  const agent: HttpAgent = secure
    ? new TlsAgent({ keepAlive: true, maxSockets: 4, ...tls })
    : new PlainAgent({ keepAlive: true, maxSockets: 4 });
  const post: Post = (body) =>
    new Promise((resolve) => {
      const packed = gzipSync(body);
      const request = (secure ? httpsRequest : httpRequest)(
        url,
        {
          method: 'POST',
          agent,
          headers: {
            ...headers,
            'content-type': 'application/x-protobuf',
            'content-encoding': 'gzip',
            'content-length': packed.byteLength,
          },
          signal: AbortSignal.timeout(timeout_ms),
        },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on('data', (chunk: Buffer) => {
            size += chunk.byteLength;
            if (size <= answerLimit) chunks.push(chunk);
          });
          response.on('error', () => resolve({ kind: 'later', why: 'the answer broke off' }));
          response.on('end', () =>
            resolve(
              meaning(
                response.statusCode ?? 0,
                response.headers['retry-after'],
                Buffer.concat(chunks),
                rejectedOf,
              ),
            ),
          );
        },
      );
      request.on('error', (error: NodeJS.ErrnoException) =>
        resolve({
          kind: 'later',
          why:
            error.name === 'AbortError' || error.name === 'TimeoutError'
              ? 'no answer in time'
              : (error.code ?? 'no connection'),
        }),
      );
      request.end(packed);
    });
  return { post, close: () => agent.destroy() };
}

function meaning(
  status: number,
  retryAfter: string | undefined,
  body: Uint8Array,
  rejectedOf: (body: Uint8Array) => number,
): Answer {
  if (status >= 200 && status < 300) return { kind: 'taken', rejected: rejectedOf(body) };
  if (!retryable.has(status)) return { kind: 'refused', why: `HTTP ${status}` };
  const seconds = Number(retryAfter);
  return {
    kind: 'later',
    why: `HTTP ${status}`,
    ...(seconds > 0 ? { retryAfter_ms: Math.min(60, seconds) * 1_000 } : {}),
  };
}
