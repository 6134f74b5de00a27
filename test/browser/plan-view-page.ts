import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

/** A page that holds the element and nothing else, under the policy that the program sends. */
export const strictPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; " +
  "connect-src 'self'; img-src 'self' data:; require-trusted-types-for 'script'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A plan</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">
<script type="module" src="/plan-view.js"></script></head>
<body><main><h1>A plan</h1><dbintel-plan></dbintel-plan></main></body></html>`;
const style = `body { margin: 0; } h1 { position: absolute; clip-path: inset(50%); }
dbintel-plan { height: 100vh; }`;

export interface Served {
  origin: string;
  close(): Promise<void>;
}

/** Of what was built into a folder. */
export async function serve(folder: string): Promise<Served> {
  const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };
  const server = createServer(({ url = '/' }, response) => {
    response.setHeader('content-security-policy', strictPolicy);
    response.setHeader('content-type', types[extname(url)] ?? 'text/html');
    if (url === '/') response.end(page);
    else if (url === '/page.css') response.end(style);
    else response.end(readFileSync(join(folder, url)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
