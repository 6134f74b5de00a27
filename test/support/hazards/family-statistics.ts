import { chmodSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { runCycle } from '../../../src/collection/cycle.ts';
import { cycleSettings } from '../../../src/collection/settings.ts';
import { freshState } from '../../../src/collection/target-state.ts';
import { startMysql } from '../mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../mysql-shop.ts';
import {
  collectorPassword,
  cycleDepsFor,
  cyclesOf,
  makeTarget,
  openSession,
  prepareMysql,
} from '../target.ts';
import type { FamilyWorld } from './family-world.ts';
import type { HazardCase } from './hazard.ts';

/** Servers whose statistics are full, or off. */
export const digestsFull: HazardCase<FamilyWorld> = {
  title: 'a full table of digests is said, and what found no room is coded',
  async run() {
    const server = await startMysql({
      product: 'mysql-9',
      settings: ['--performance-schema-digests-size=20'],
    });
    await makeShop(server);
    await prepareMysql(server, ['shop']);
    await asApp(server, async (client) => {
      for (let i = 0; i < 40; i += 1)
        for (let j = 0; j < 6; j += 1)
          await client.query(`SELECT total AS c${i} FROM orders WHERE id = ${j}`);
    });
    const target = makeTarget({ engine: 'mysql', port: server.port });
    const settings = cycleSettings(target.spec);
    const { batch, prerequisites } = await runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target),
      new AbortController().signal,
    );
    expect(prerequisites?.find(({ name }) => name === 'digest table')).toMatchObject({
      verdict: 'warning',
      remediation: expect.stringContaining('TRUNCATE'),
    });
    expect(
      batch.queries.map(({ result }) => (result.kind === 'refused' ? result.code : 'plan')),
    ).toContain('digest_table_full');
    await server.stop();
  },
};

export const noDigests: HazardCase<FamilyWorld> = {
  except: ['mariadb-10.11'],
  title: 'no table of digests at all is a failed prerequisite',
  async run() {
    const server = await startMysql({
      product: 'mariadb-11.4',
      settings: ['--performance-schema-digests-size=0'],
    });
    await prepareMysql(server, []);
    await using session = await openSession(makeTarget({ engine: 'mariadb', port: server.port }));
    expect(
      (await session.prerequisites()).find(({ name }) => name === 'digest table'),
    ).toMatchObject({
      verdict: 'failed',
      remediation: expect.stringContaining('performance_schema_digests_size = 20000'),
    });
    await session.close();
    await server.stop();
  },
};

export const noTemporaryFiles: HazardCase<FamilyWorld> = {
  title: 'that cannot write to its tmpdir: said, and no statement is to blame',
  async run({ server, run, collect }) {
    await run('SELECT name FROM customers WHERE id = 3');
    await server.sql('SET GLOBAL tmp_memory_table_size = 0;');
    chmodSync(server.folder, 0o555);
    const { batch } = await collect();
    chmodSync(server.folder, 0o755);
    await server.sql('SET GLOBAL tmp_memory_table_size = 16777216;');
    expect(batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'connection_failed',
      detail: expect.stringContaining('tmpdir'),
    });
  },
};

export const noDigestText: HazardCase<FamilyWorld> = {
  except: ['mariadb-10.11'],
  title: 'without room for any digest: a failed prerequisite; with little: the setting is named',
  async run({ server: { product } }) {
    const failed = { kind: 'failed', error: 'prerequisite_missing' };
    for (const [name, bytes, verdict, outcome] of [
      ['max_digest_length', 0, 'failed', failed],
      ['performance_schema_max_digest_length', 0, 'failed', failed],
      ['max_digest_length', 10, 'warning', { kind: 'collected' }],
    ] as const) {
      const settings = [`--${name.replaceAll('_', '-')}=${bytes}`];
      const server = await startMysql({ product, settings });
      await prepareMysql(server, []);
      const target = makeTarget({ engine: server.engine, port: server.port });
      const { batch, prerequisites } = await cyclesOf(target).run();
      await server.stop();
      expect(batch.cycle.outcome).toMatchObject(outcome);
      expect(prerequisites?.find((each) => each.name === 'text size')).toMatchObject({
        verdict,
        observed: expect.stringMatching(new RegExp(`\\b${name}: ${bytes} bytes; `)),
        remediation: expect.stringContaining(`${name} = 4096`),
      });
    }
  },
};

export const performanceSchemaOff: HazardCase<FamilyWorld> = {
  title: 'performance_schema off: a failed prerequisite with its remedy',
  async run({ server: { product } }) {
    const server = await startMysql({ product, settings: ['--performance-schema=OFF'] });
    await server.sql(`CREATE USER dbintel IDENTIFIED BY '${collectorPassword}';`);
    await server.sql('GRANT SELECT ON performance_schema.* TO dbintel;');
    const target = makeTarget({ engine: server.engine, port: server.port });
    const settings = cycleSettings(target.spec);
    const { batch, prerequisites } = await runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target),
      new AbortController().signal,
    );
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'prerequisite_missing' });
    expect(prerequisites?.find(({ name }) => name === 'performance schema')).toMatchObject({
      verdict: 'failed',
      remediation: expect.stringContaining('performance_schema = ON'),
    });
    await server.stop();
  },
};

export const statisticsReset: HazardCase<FamilyWorld> = {
  title: 'whose digests were truncated between two cycles',
  async run({ server, run, targetFor }) {
    const cycles = cyclesOf(targetFor());
    await run('SELECT name FROM customers WHERE id = 2');
    await cycles.run();
    await setTimeout(1_100); // FIRST_SEEN of MariaDB has seconds
    await forgetStatements(server);
    await run('SELECT name FROM customers WHERE id < 3');
    const { batch } = await cycles.run();
    expect(batch.cycle).toMatchObject({ outcome: { kind: 'collected' } });
    expect(batch.queries.some(({ text }) => text?.includes('<'))).toBe(true);
  },
};
