import { expect, test } from 'vitest';
import { readManifests } from '../../../src/resources/manifest.ts';
import {
  type Change,
  changeManifest,
  firstManifest,
  readManifest,
  secretText,
} from './manifest-fields.ts';

const mistakesOf = (text: string) => readManifests(text).mistakes;
const fieldsOf = (text: string) => readManifest(text)?.fields;

const commented = `# orders: ask the shop team first
apiVersion: dbintel.io/v1alpha1
kind: DatabaseTarget
metadata:
  name: orders   # as in the catalogue
  namespace: shop
  labels: { team: "shop" }

spec:
  engine: postgres
  connection:
    # behind the proxy
    host: orders-db.shop.svc
    database: orders
    credentials: { secretRef: { name: orders-dbintel } }
  collection:
    interval: 30s  # half of the usual
    exclude: { users: [etl] }
`;

test('the first manifest is without a mistake, and so is what the form makes of it', () => {
  expect(mistakesOf(firstManifest)).toEqual([]);
  const changes: Change[] = [
    { engine: 'mysql', port: '3307', tls: 'require', via: 'procedure' },
    { engine: 'mariadb', interval: '5m' },
    { via: 'function', name: 'billing', namespace: 'bank' },
  ];
  for (const change of changes) {
    const text = changeManifest(firstManifest, change);
    expect(mistakesOf(text)).toEqual([]);
    expect(fieldsOf(text)).toMatchObject(change);
  }
});

test('a value is exchanged where it stands: nothing else of a person’s text changes', () => {
  const text = changeManifest(commented, { host: 'db-2.shop.svc', interval: '2m' });
  expect(text).toBe(
    commented
      .replace('orders-db.shop.svc', 'db-2.shop.svc')
      .replace('interval: 30s', 'interval: 2m'),
  );
});

test('what is new or taken away keeps the comments and what the form knows nothing of', () => {
  const added = changeManifest(commented, { port: '5433', tls: 'require' });
  const taken = changeManifest(added, { port: '', tls: '', interval: '' });
  for (const text of [added, taken]) {
    expect(mistakesOf(text)).toEqual([]);
    for (const kept of [
      '# orders: ask',
      '# as in the catalogue',
      '# behind the proxy',
      'team:',
      'etl',
    ])
      expect(text).toContain(kept);
  }
  expect(fieldsOf(added)).toMatchObject({ port: '5433', tls: 'require' });
  expect(fieldsOf(taken)).toMatchObject({ port: '', tls: '', interval: '' });
  expect(taken).not.toContain('tls');
});

test('the Secret goes with the name as long as it is named after it', () => {
  const text = changeManifest(commented, { name: 'ledger' });
  expect(readManifest(text)?.credentials).toEqual({ kind: 'secret', name: 'ledger-dbintel' });
  const own = commented.replace('orders-dbintel', 'vault-7');
  expect(changeManifest(own, { name: 'ledger' })).toContain('vault-7');
});

test('another engine takes its ways and its database along', () => {
  const text = changeManifest(changeManifest(commented, { via: 'function' }), { engine: 'mysql' });
  expect(fieldsOf(text)).toMatchObject({ engine: 'mysql', via: '', database: '' });
  expect(fieldsOf(changeManifest(text, { engine: 'postgres' }))?.database).toBe('orders');
});

test('the target is found among other documents, which stay', () => {
  const secret = 'apiVersion: v1\nkind: Secret # ours\nmetadata: { name: a }\n---\n';
  const text = changeManifest(secret + commented, { port: '6432' });
  expect(text).toContain('kind: Secret # ours');
  expect(fieldsOf(text)?.port).toBe('6432');
});

test('what somebody types cannot become another line', () => {
  const text = changeManifest(firstManifest, { host: 'a\n  suspend: true', name: 'true' });
  expect(text).toContain('host: "a\\n  suspend: true"');
  expect(fieldsOf(text)).toMatchObject({ host: 'a\n  suspend: true', name: 'true' });
});

test('a text that cannot be read is left alone; of none a first one is made', () => {
  for (const text of ['a: [', 'kind: Secret', 'just words'])
    expect([readManifest(text), changeManifest(text, { name: 'x' })]).toEqual([undefined, text]);
  expect(fieldsOf(changeManifest(' ', { name: 'x' }))?.name).toBe('x');
});

test('the Secret has the manifest’s names and no password; with a folder there is none', () => {
  const read = readManifest(commented.replace('orders-dbintel', 'vault-7'));
  expect(read && secretText(read)).toContain('name: vault-7, namespace: shop');
  expect(read && secretText(read)).toContain('password: ""');
  const folder = readManifest(
    commented.replace('{ secretRef: { name: orders-dbintel } }', '{ file: /run/db }'),
  );
  expect(folder && secretText(folder)).toBeUndefined();
});
