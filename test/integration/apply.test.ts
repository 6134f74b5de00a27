import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentHash, indexName, proposalId } from '../../src/advice/identity.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { historyBackends } from '../../src/history/backends.ts';
import type { Proposal } from '../../src/model/proposal.ts';
import { readManifestFile } from '../../src/targets/files/read-folder.ts';
import { builderPassword, byCustomer, prepareBuilder } from '../support/executor-world.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres, temporaryFolder } from '../support/postgres-server.ts';

/** `dbintel approve`, `apply` and `rollback` as a DBA runs them, on a real server. */
const dbintel = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'bin/dbintel');
const folder = temporaryFolder('apply');
const [data, targets, login] = ['data', 'targets', 'login'].map((each) => join(folder, each)) as [
  string,
  string,
  string,
];
const name = indexName(byCustomer);
let server: PostgresServer;
let proposal: Proposal;

beforeAll(async () => {
  server = await startPostgres();
  await prepareBuilder(server, 5_000);
  for (const each of [data, targets, login, join(folder, 'collector')]) mkdirSync(each);
  const collector = join(folder, 'collector');
  for (const [where, user, password] of [
    [login, 'builder', builderPassword],
    [collector, 'dbintel', 'unused'],
  ] as const) {
    writeFileSync(join(where, 'username'), `${user}\n`);
    writeFileSync(join(where, 'password'), `${password}\n`);
  }
  writeManifest({});
  const [target] = (await readManifestFile(join(targets, 'orders.yaml'))).targets;
  if (!target) throw new Error('the manifest has no target');
  const change = { kind: 'create-index' as const, name, index: byCustomer };
  const hash = contentHash({
    targetUid: target.uid,
    engine: 'postgres',
    database: 'postgres',
    change,
  });
  const now = Date.now();
  proposal = {
    id: proposalId(hash),
    contentHash: hash,
    target: { uid: target.uid, name: 'orders', namespace: 'shop' },
    engine: 'postgres',
    database: 'postgres',
    madeAt: now,
    expiresAt: now + 86_400_000,
    change,
    apply: [],
    rollback: [],
    reason: 'a test',
    evidence: {
      planner: 'pglite',
      confidence: 'high',
      because: [],
      statements: [],
      benefitMsPerDay: 1,
      benefitShare: 0.5,
      sizeBytes: 8_192,
      writeMsPerDay: 0,
    },
  };
  const history = await historyBackends.sqlite(join(data, 'history.db'), silentLogger);
  await history.recordAdvice({
    run: {
      target: proposal.target,
      engine: 'postgres',
      startedAt: now,
      endedAt: now,
      planner: 'pglite',
      budgetBytes: 1,
      withheld: [],
      statements: { weighed: 0, planned: 0 },
      whatIfCalls: 0,
      proposals: [proposal],
    },
    plans: [],
  });
  await history.close();
}, 120_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function writeManifest(more: object): void {
  const connection = {
    host: '127.0.0.1',
    port: server.port,
    database: 'postgres',
    credentials: { file: join(folder, 'collector') },
    tls: { mode: 'disable' },
  };
  writeFileSync(
    join(targets, 'orders.yaml'),
    JSON.stringify({
      apiVersion: 'dbintel.io/v1alpha1',
      kind: 'DatabaseTarget',
      metadata: { name: 'orders', namespace: 'shop' },
      spec: { engine: 'postgres', connection, ...more },
    }),
  );
}

const run = (...args: string[]) =>
  new Promise<{ code: number; out: string }>((resolve) => {
    execFile(dbintel, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), out: `${stdout}${stderr}` });
    });
  });
const where = ['--data', data];
const change = (command: string, ...more: string[]) =>
  run(command, proposal.id, '--credentials', login, '--targets', targets, ...where, ...more);
const there = async () =>
  (await server.sql(`SELECT to_regclass('shop.${name}') IS NOT NULL AS there`))[0]?.['there'];

it('nothing is applied that was not approved, and nothing is approved unread', async () => {
  const early = await change('apply');
  expect(early).toMatchObject({ code: 1 });
  expect(early.out).toContain('Proposed: nobody has approved it');
  const other = `sha256:${'0'.repeat(64)}`;
  expect((await run('approve', proposal.id, '--hash', other, ...where)).code).toBe(1);
  expect((await run('approve', 'adv-000000000000', '--hash', other, ...where)).out).toContain(
    'there is no change of an index',
  );
  expect(await there()).toBe(false);
}, 120_000);

it('says what to type next, as it can be pasted, and where a hash is read', async () => {
  const show = `dbintel advise show ${proposal.id} --data ${data}`;
  expect((await change('apply')).out).toContain(show);
  const unread = await run('approve', proposal.id, ...where);
  expect(unread.code).toBe(2);
  expect(unread.out).toContain(show);
  expect(unread.out).not.toContain(proposal.contentHash);
  const shown = await run('advise', 'show', proposal.id, ...where);
  expect(shown.out).toContain('COMMENT ON INDEX');
  expect(shown.out).toContain(
    `next: dbintel approve ${proposal.id} --hash ${proposal.contentHash} --data ${data}`,
  );
  const early = await change('rollback');
  expect(early.code).toBe(1);
  expect(early.out).toContain('there is nothing to take back');
}, 120_000);

it('a rehearsal shows the SQL, and changes nothing', async () => {
  const said = await run('approve', proposal.id, '--hash', proposal.contentHash, ...where);
  expect(said.out).toContain(`${proposal.id}: approved by`);
  const { code, out } = await change('apply', '--dry-run');
  const json = JSON.parse((await change('apply', '--dry-run', '--json')).out);
  expect(json).toMatchObject({ against: [], index: 'absent', state: { approved: true } });
  const shown = JSON.parse((await run('advise', 'show', proposal.id, ...where, '--json')).out);
  expect(shown.apply).toEqual(json.apply);
  expect(json.apply.join()).toContain('COMMENT ON INDEX');
  expect(out).toContain(`CREATE INDEX CONCURRENTLY ${name} ON`);
  expect(out).toContain('nothing is against it now');
  expect(out).toContain('approved\nit has not begun');
  expect(out).not.toContain('nobody has approved it');
  expect(code).toBe(0);
  expect(await there()).toBe(false);
}, 120_000);

it('apply builds it, and says the same when it is run again; rollback takes it back', async () => {
  const first = await change('apply');
  expect(first.out).toContain('Observing: its effect is being watched');
  expect(first.code).toBe(0);
  expect(await there()).toBe(true);
  expect((await change('apply')).out).toContain('Observing');
  const back = await change('rollback');
  expect(back.out).toContain('RolledBack');
  expect(back.code).toBe(0);
  expect(await there()).toBe(false);
  const history = await historyBackends.sqlite(join(data, 'history.db'), silentLogger);
  expect((await history.proposal(proposal.id))?.state.phase).toBe('RolledBack');
  await history.close();
}, 120_000);

it('what was taken back is approved again by who says so, and is built anew', async () => {
  const hash = ['--hash', proposal.contentHash];
  const over = await change('apply');
  expect(over.code).toBe(1);
  expect(over.out).toContain('RolledBack');
  expect((await change('apply', '--dry-run')).out).toContain('RolledBack since');
  const early = await run('approve', proposal.id, ...hash, ...where);
  expect(early.code).toBe(1);
  expect(early.out).toContain(`${proposal.id} is RolledBack since`);
  expect(early.out).toContain('the approval was taken back');
  expect(early.out).toContain('--again');
  const again = await run('approve', proposal.id, ...hash, '--again', ...where);
  expect(again.out).toContain(`${proposal.id}: approved by`);
  const built = await change('apply');
  expect(built.out).toContain('Observing');
  expect(await there()).toBe(true);
  const twice = await run('approve', proposal.id, ...hash, '--again', ...where);
  expect(twice.out).toContain('dbintel rollback');
  expect((await change('rollback')).code).toBe(0);
  const ends = readdirSync(join(data, 'approvals')).filter((each) => each.includes('.state.'));
  expect(ends).toHaveLength(2);
}, 120_000);

it('apply looks anew at what put it off', async () => {
  const hash = ['--hash', proposal.contentHash, '--again'];
  expect((await run('approve', proposal.id, ...hash, ...where)).code).toBe(0);
  await server.sql('ALTER TABLE shop.orders OWNER TO postgres');
  expect((await change('apply')).out).toContain('Deferred: the role does not own the table');
  await server.sql('ALTER TABLE shop.orders OWNER TO builder');
  expect((await change('apply')).out).toContain('Observing');
  expect((await change('rollback')).code).toBe(0);
}, 120_000);

it('rollback waits for no window, and says what else it waits for', async () => {
  const hash = ['--hash', proposal.contentHash, '--again'];
  expect((await run('approve', proposal.id, ...hash, ...where)).code).toBe(0);
  expect((await change('apply')).out).toContain('Observing');
  writeManifest({ suspend: true });
  const held = await change('rollback');
  expect(held.code).toBe(1);
  expect(held.out).toContain('it waits: suspended');
  expect(await there()).toBe(true);
  const hour = (after: number) =>
    `${new Date(Date.now() + after * 3_600_000).toISOString().slice(11, 13)}:00`;
  writeManifest({ advice: { window: [{ start: hour(3), end: hour(4) }] } });
  expect((await change('rollback')).out).toContain('RolledBack');
  expect(await there()).toBe(false);
  writeManifest({});
}, 120_000);

it('a refused role is looked for in the folder that was named', async () => {
  const wrong = join(folder, 'wrong');
  mkdirSync(wrong);
  writeFileSync(join(wrong, 'username'), 'builder');
  writeFileSync(join(wrong, 'password'), 'nonsense');
  const hash = ['--hash', proposal.contentHash, '--again'];
  expect((await run('approve', proposal.id, ...hash, ...where)).code).toBe(0);
  const by = ['--credentials', wrong, '--targets', targets, ...where];
  for (const more of [[], ['--dry-run']]) {
    const { code, out } = await run('apply', proposal.id, ...by, ...more);
    expect(code).toBe(1);
    expect(out).toContain(`correct username and password in ${wrong}`);
    expect(out).not.toContain('Secret');
  }
}, 120_000);

it('says what it waits for: a session that works on it, the time of its next try', async () => {
  const hash = ['--hash', proposal.contentHash, '--again'];
  await run('approve', proposal.id, ...hash, ...where);
  const writer = await server.client();
  await writer.query('BEGIN; UPDATE shop.orders SET total = 1 WHERE id = 1');
  const applies = () => {
    const args = ['apply', proposal.id, '--credentials', login, '--targets', targets, ...where];
    const child = spawn(dbintel, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const made = { child, said: '', gone: once(child, 'exit') };
    child.stderr.on('data', (said) => {
      made.said += said;
    });
    return made;
  };
  const builders = () =>
    server.sql(`SELECT pid FROM pg_stat_activity WHERE state = 'active'
      AND query LIKE 'CREATE INDEX CONCURRENTLY%'`);
  const first = applies();
  await until(async () => (await builders()).length === 1, 20_000, 'it is being built');
  const second = applies();
  await until(async () => /session that does/.test(second.said), 20_000, 'the second says so');
  second.child.kill('SIGTERM');
  await second.gone;
  expect(await builders()).toHaveLength(1);
  await server.sql(`SELECT pg_cancel_backend(${(await builders())[0]?.['pid']})`);
  await writer.query('ROLLBACK');
  await writer.end();
  await until(
    async () => /Approved: what ran was ended; tried again at \S+ UTC/.test(first.said),
    20_000,
    'the first says so',
  );
  first.child.kill('SIGTERM');
  await first.gone;
  expect(first.said.match(/tried again/g)).toHaveLength(1);
  expect(await there()).toBe(false);
  expect((await change('rollback')).out).toContain('Withdrawn');
}, 120_000);

it.each(['SIGTERM', 'SIGHUP'] as const)(
  'by %s it ends its build, and leaves nothing',
  async (signal) => {
    const hash = ['--hash', proposal.contentHash, '--again'];
    await run('approve', proposal.id, ...hash, ...where);
    const writer = await server.client();
    await writer.query('BEGIN; UPDATE shop.orders SET total = 1 WHERE id = 1');
    const applied = spawn(
      dbintel,
      ['apply', proposal.id, '--credentials', login, '--targets', targets, ...where],
      { stdio: 'ignore' },
    );
    const builders = () =>
      server.sql(`SELECT pid FROM pg_stat_activity WHERE state = 'active'
      AND query LIKE 'CREATE INDEX CONCURRENTLY%'`);
    await until(async () => (await builders()).length === 1, 20_000, 'it is being built');
    const gone = once(applied, 'exit');
    applied.kill(signal);
    await gone;
    await until(async () => (await builders()).length === 0, 10_000, 'the build is ended');
    await writer.query('ROLLBACK');
    await writer.end();
    // The server goes on with what removes it.
    await until(async () => !(await there()), 20_000, 'nothing is left');
  },
  120_000,
);
