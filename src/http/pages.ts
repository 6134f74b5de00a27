import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The pages of the web UI below /ui/: files that were built before, compressed once. What is there
 * is listed at the first request, and only what is in the list is ever opened: a path is looked up,
 * never put together. Everything else below /ui/ is a page of the application, which finds its way
 * by the address: it gets index.html.
 */
export interface Pages {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

interface Page {
  type: string;
  etag: string;
  /** Its name has a digest of what is in it. */
  hashed: boolean;
  /** A page that stands alone, with its script in it, which would not run under our policy. */
  download: boolean;
  /** By encoding; `identity` is there always. */
  files: ReadonlyMap<Encoding, { path: string; bytes: number }>;
}

/** The best that a browser takes first. */
const encodings = ['br', 'gzip', 'identity'] as const;
type Encoding = (typeof encodings)[number];
const suffixes: Record<Encoding, string> = { br: '.br', gzip: '.gz', identity: '' };

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** Only files of ours, and no text that becomes a script. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Beside the bundle, or where a checkout builds it. */
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const places = [here('./web'), here('../../dist/web')];

export const pagesFolder = (): string | undefined =>
  places.find((each) => existsSync(join(each, 'index.html')));

/** `folder`: undefined where nothing was built. */
export async function openPages(folder: string | undefined): Promise<Pages> {
  const pages = folder === undefined ? new Map<string, Page>() : await listPages(folder);
  const index = pages.get('index.html');
  return {
    handle(request, response) {
      response.setHeader('content-security-policy', policy);
      sayWhoSent(request, response);
      const path = pathOf(request.url ?? '/');
      if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
      if (path === undefined) return moved(response);
      const page = pages.get(path) ?? (path.startsWith('assets/') ? undefined : index);
      if (!index) return refuse(response, 503);
      return page ? send(page, request, response) : refuse(response, 404);
    },
  };
}

/**
 * A page cannot see who sent somebody to it, and must know before a token in its address signs them
 * in: the browser told us, and we tell it back, where a page can read it.
 */
function sayWhoSent({ headers }: IncomingMessage, response: ServerResponse): void {
  const site = headers['sec-fetch-site'];
  if (typeof site === 'string' && /^[a-z-]{1,16}$/.test(site))
    response.setHeader('server-timing', `site;desc=${site}`);
}

/** Below /ui/; undefined: not below it, but where somebody begins. */
function pathOf(url: string): string | undefined {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  return path.startsWith('/ui/') ? path.slice('/ui/'.length) : undefined;
}

async function listPages(folder: string): Promise<Map<string, Page>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((each) => each.isFile())
    .map((each) => relative(folder, join(each.parentPath, each.name)).split(sep).join('/'));
  const plain = files.filter((name) => !/\.(br|gz)$/.test(name));
  return new Map(
    await Promise.all(
      plain.map(async (name) => [name, await readPage(folder, name, new Set(files))] as const),
    ),
  );
}

async function readPage(folder: string, name: string, files: Set<string>): Promise<Page> {
  const path = join(folder, name);
  const there = encodings.filter((each) => files.has(name + suffixes[each]));
  const digest = createHash('sha256')
    .update(await readFile(path))
    .digest('base64url');
  return {
    type: types[extname(name)] ?? 'application/octet-stream',
    etag: digest.slice(0, 22),
    download: name.endsWith('.html') && name !== 'index.html',
    hashed: /^assets\/.*-[\w-]{8}\.\w+$/.test(name),
    files: new Map(
      await Promise.all(
        there.map(async (each) => {
          const { size: bytes } = await stat(path + suffixes[each]);
          return [each, { path: path + suffixes[each], bytes }] as const;
        }),
      ),
    ),
  };
}

function send(page: Page, { method, headers }: IncomingMessage, response: ServerResponse): void {
  const accepted = acceptedOf(headers['accept-encoding']);
  const encoding = encodings.find((each) => page.files.has(each) && accepted(each)) ?? 'identity';
  const file = page.files.get(encoding);
  if (!file) return refuse(response, 404);
  const etag = `"${page.etag}-${encoding}"`;
  const common = {
    etag,
    vary: 'accept-encoding',
    'cache-control': page.hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (page.download) response.setHeader('content-disposition', 'attachment');
  if (isKnown(headers['if-none-match'], etag)) {
    response.writeHead(304, common).end();
    return undefined;
  }
  response.writeHead(200, {
    ...common,
    'content-type': page.type,
    'content-length': file.bytes,
    ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
  });
  if (method === 'HEAD') response.end();
  else
    createReadStream(file.path)
      .on('error', () => response.destroy())
      .pipe(response);
  return undefined;
}

/** `gzip;q=0` is none; nobody who asks for a page weighs them otherwise. */
function acceptedOf(header: string | string[] | undefined): (encoding: Encoding) => boolean {
  const given = String(header ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => !/;\s*q=0(\.0*)?$/.test(each))
    .map((each) => each.split(';', 1)[0]);
  return (encoding) => encoding === 'identity' || given.includes(encoding);
}

const isKnown = (header: string | undefined, etag: string) =>
  (header ?? '').split(',').some((each) => each.trim().replace(/^W\//, '') === etag);

function moved(response: ServerResponse): void {
  response.writeHead(302, { location: '/ui/' }).end();
}

const messages = {
  404: 'there is no such file',
  405: 'pages are only read: GET or HEAD',
  503:
    'The pages of the web UI are not there: they have not been built.\n\n' +
    'In a checkout: make web, then start dbintel anew. An image has them; one of your own makes\n' +
    'is built with scripts/bundle.ts. The API and collecting do not need them.',
};

function refuse(response: ServerResponse, status: keyof typeof messages): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${messages[status]}\n`);
}
