import { expect, it } from 'vitest';
import { makeTarget } from '../../test/support/target.ts';
import { type Caller, tokenHolder } from '../http/caller.ts';
import type { Stop } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { type CheckRules, refuseCheck } from './check-rules.ts';

type Connection = Partial<Target['spec']['connection']>;

function target(name: string, over: Connection = {}): Target {
  const made = makeTarget({ port: 1 });
  const connection: Target['spec']['connection'] = {
    host: 'db',
    database: 'orders',
    credentials: { secretRef: { name: 'orders' } },
    tls: { mode: 'verify-full' },
    ...over,
  };
  return { ...made, namespace: 'shop', name, spec: { ...made.spec, connection } };
}

const rules = (over: Partial<CheckRules> = {}): CheckRules => ({
  targetsOf: () => [target('orders')],
  stops: () => [],
  readsOurFiles: false,
  ...over,
});
const reader = (...secrets: string[]): Caller => ({
  ...tokenHolder,
  user: 'maria',
  mayReadSecret: async (namespace, name) => secrets.includes(`${namespace}/${name}`),
});
const answer = (given: CheckRules, caller: Caller, wanted: Target) =>
  refuseCheck(given, caller, wanted).then(
    () => 'connects',
    (error: { statusCode?: number; code?: string }) => error.statusCode ?? error.code,
  );

it.each<[string, Connection, 'connects' | 403]>([
  ['the same', {}, 'connects'],
  ['another database', { database: 'other' }, 'connects'],
  ['the port that is meant', { port: 5432 }, 'connects'],
  ['another host', { host: 'evil' }, 403],
  ['another port', { port: 5433 }, 403],
  ['another Secret', { credentials: { secretRef: { name: 'root' } } }, 403],
  ['a folder', { credentials: { file: '/etc' } }, 403],
  ['no TLS', { tls: { mode: 'disable' } }, 403],
  ['files for TLS', { tls: { mode: 'verify-full', file: '/etc' } }, 403],
  ['weaker logins', { requireAuth: ['password'] }, 403],
])('a password goes where a target sends it anyway: %s', async (_, over, wanted) =>
  expect(await answer(rules(), tokenHolder, target('new', over))).toBe(wanted),
);

it('who may read the Secrets may send them anywhere, but no files of ours', async () => {
  const away = { host: 'evil' };
  const withTls = { ...away, tls: { mode: 'require' as const, secretRef: { name: 'tls' } } };
  const withFile = { ...away, tls: { mode: 'require' as const, file: '/etc' } };
  const ask = (caller: Caller, over: Connection) => answer(rules(), caller, target('new', over));
  expect(await ask(reader('shop/orders'), away)).toBe('connects');
  expect(await ask(reader('billing/orders'), away)).toBe(403);
  expect(await ask(reader('shop/orders'), withTls)).toBe(403);
  expect(await ask(reader('shop/orders', 'shop/tls'), withTls)).toBe('connects');
  expect(await ask(reader('shop/orders'), withFile)).toBe(403);
});

it('alone and on loopback, who holds the token reads the same files; nobody else', async () => {
  const ours = rules({ readsOurFiles: true });
  const file = target('new', { credentials: { file: '/nowhere' } });
  expect(await answer(ours, tokenHolder, file)).toBe('connects');
  expect(await answer(ours, reader(), file)).toBe(403);
});

it('says the same of a folder that is there and one that is not', async () => {
  const said = async (file: string) =>
    refuseCheck(rules(), tokenHolder, target('new', { credentials: { file } })).catch(String);
  expect(await said('/etc')).toBe(await said('/nowhere'));
  expect(await said('/etc')).toContain('`dbintel validate FILE --connect`');
});

it('may not check: nobody is asked about anything', async () => {
  const caller = { ...reader('shop/orders'), may: async () => false };
  expect(await answer(rules(), caller, target('orders'))).toBe(403);
});

const stopped = (scope: Stop['scope']): CheckRules =>
  rules({
    targetsOf: () => [{ ...target('orders'), labels: { tier: 'gold' } }],
    stops: () => [{ id: 's', scope, reason: 'incident 4711', since: 1 }],
  });
it.each<[string, Stop['scope'], string]>([
  ['everything', { all: true }, 'new'],
  ['the target', { targets: ['shop/orders'] }, 'orders'],
  ['by another name on the same server', { targets: ['shop/orders'] }, 'new'],
  ['without its labels', { selector: { matchLabels: { tier: 'gold' } } }, 'orders'],
])('a stop holds: %s', async (_, scope, name) => {
  expect(await answer(stopped(scope), tokenHolder, target(name))).toBe('emergency_stop');
  await expect(refuseCheck(stopped(scope), tokenHolder, target(name))).rejects.toThrow(
    'is stopped: incident 4711',
  );
});
it('a stop of others does not', async () =>
  expect(await answer(stopped({ namespaces: ['hr'] }), tokenHolder, target('new'))).toBe(
    'connects',
  ));
