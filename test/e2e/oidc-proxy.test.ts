import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenTo } from '../support/event-stream.ts';
import { type OidcProxy, startOidcProxy } from '../support/oidc-proxy.ts';
import { type Standalone, startStandalone } from '../support/program.ts';

/**
 * A proxy in front that lets people in and names them, as docs/ui.md says: the real program behind
 * a real proxy, and what somebody gets who goes past it or speaks in its name.
 */
const secret = 'a-secret-that-the-proxy-shares-with-us';
const name = 'dbintel.example.com';
const people = {
  'session-of-maria': { user: 'maria@example.com', groups: 'dba,on-call' },
  'session-of-root': { user: 'system:admin', groups: 'system:masters' },
};
let program: Standalone;
let proxy: OidcProxy;
let careless: OidcProxy;
let stranger: OidcProxy;

beforeAll(async () => {
  program = await startStandalone(
    {},
    {
      DBINTEL_TRUSTED_PROXY: '127.0.0.0/8',
      DBINTEL_TRUSTED_PROXY_SECRET: secret,
      DBINTEL_PUBLIC_URL: `https://${name}`,
    },
  );
  const behind = { upstream: program.api, people };
  [proxy, careless, stranger] = await Promise.all([
    startOidcProxy({ ...behind, secret }),
    startOidcProxy({ ...behind, secret, careless: true }),
    startOidcProxy({ ...behind, secret: 'a-secret-of-somebody-else' }),
  ]);
});
afterAll(async () => {
  await Promise.all([proxy, careless, stranger].map((each) => each?.close()));
  program?.remove();
});

type Headers = Record<string, string>;
const maria = { cookie: 'oidc=session-of-maria' };
const page = { origin: `https://${name}`, 'sec-fetch-site': 'same-origin' };
const ask = async (at: string, path: string, headers: Headers, init: RequestInit = {}) => {
  const answer = await fetch(`${at}/api/v1/${path}`, { ...init, headers });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

describe('through the proxy', () => {
  it('somebody is who it says, without a token', async () => {
    expect(await ask(proxy.url, 'session', maria)).toMatchObject({
      status: 200,
      body: { user: 'maria@example.com', kind: 'user', mayRead: 'all', mayStop: false },
    });
    expect((await ask(proxy.url, 'fleet', maria)).status).toBe(200);
  });
  it('a change that nobody can be asked about is refused, with why and what to do', async () => {
    const body = JSON.stringify({ scope: { all: true }, reason: 'incident 4711' });
    const headers = { ...maria, 'content-type': 'application/json' };
    const init = { method: 'POST', body };
    const refused = await ask(proxy.url, 'stop', { ...headers, ...origin(proxy) }, init);
    expect(refused).toMatchObject({
      status: 403,
      body: { missing: { right: 'stop', grant: [], how: expect.stringContaining('token') } },
    });
    await expect
      .poll(() => program.log(), { timeout: 20_000 })
      .toContain('"user":"maria@example.com"');
    const evil = { ...page, origin: 'https://evil.example' };
    const foreign = await ask(proxy.url, 'stop', { ...headers, ...evil }, init);
    expect([foreign.status, foreign.body['missing']]).toEqual([403, undefined]);
  });
  it('events come as they are told', async () => {
    const events = await listenTo(`${proxy.url}/api/v1/events`, maria);
    expect(await events.next('hello')).toMatchObject({ data: { version: expect.any(String) } });
    events.close();
  });
  it('who has no session there is nobody here', async () => {
    expect((await ask(proxy.url, 'fleet', {})).status).toBe(401);
    expect((await ask(proxy.url, 'fleet', { cookie: 'oidc=guess' })).status).toBe(401);
  });
  it('what a browser says of itself is taken away', async () => {
    const headers = { 'x-forwarded-user': 'maria@example.com', 'x-dbintel-proxy': secret };
    expect((await ask(proxy.url, 'fleet', headers)).status).toBe(401);
  });
  it('nobody is one of the cluster’s own, whatever it says', async () => {
    expect((await ask(proxy.url, 'fleet', { cookie: 'oidc=session-of-root' })).status).toBe(401);
  });
});

const origin = ({ url }: OidcProxy): Headers => ({ ...page, origin: url });

describe('past the proxy', () => {
  const spoofed = { 'x-forwarded-user': 'maria@example.com', 'x-forwarded-groups': 'dba' };
  it('its headers are anybody’s, without its secret', async () => {
    expect((await ask(program.api, 'fleet', spoofed)).status).toBe(401);
    const guessed = { ...spoofed, 'x-dbintel-proxy': 'guess' };
    expect((await ask(program.api, 'fleet', guessed)).status).toBe(401);
  });
  it('another proxy is not the one that is trusted', async () => {
    expect((await ask(stranger.url, 'fleet', maria)).status).toBe(401);
  });
  it('one that passes on what a browser says names nobody who signed in elsewhere', async () => {
    const both = { ...maria, 'x-forwarded-user': 'root@example.com' };
    expect((await ask(careless.url, 'session', both)).body['user']).toBe('maria@example.com');
  });
});

it('from another address than the configured one its headers are nothing', async () => {
  const elsewhere = await startStandalone({}, { DBINTEL_TRUSTED_PROXY: '10.1.0.0/16' });
  const front = await startOidcProxy({ upstream: elsewhere.api, people });
  expect((await ask(front.url, 'fleet', maria)).status).toBe(401);
  await front.close();
  elsewhere.remove();
});

it('where no proxy is trusted, none is', async () => {
  const plain = await startStandalone({});
  const front = await startOidcProxy({ upstream: plain.api, people, secret });
  expect((await ask(front.url, 'fleet', maria)).status).toBe(401);
  await front.close();
  plain.remove();
});
