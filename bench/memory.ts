import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptySketch, sketchAdd } from '../src/base/sketch.ts';
import { takeBaseline } from '../src/collection/baseline.ts';
import {
  decodeState,
  encodeState,
  freshState,
  type TargetState,
} from '../src/collection/target-state.ts';
import { planHash } from '../src/dialects/hash.ts';
import { tokenize } from '../src/dialects/postgres/lexer.ts';
import { readPostgresJson } from '../src/dialects/postgres/plan-json.ts';
import { deriveTotals } from '../src/model/totals.ts';
import { freePort, startPostgres, temporaryFolder } from '../test/support/postgres-server.ts';
import { manifest } from '../test/support/program.ts';
import { prepareServer } from '../test/support/target.ts';
import { median, root, type Section } from './harness.ts';

/**
 * What a target costs in memory, how long the program takes to its first plans, and how long the
 * largest plans take.
 */
export async function memory(): Promise<Section> {
  const targets = 1_000;
  const used = () => {
    (globalThis as { gc?: () => void }).gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const encoded = encodeState(fullState());
  const before = used();
  // what a collector holds between cycles
  const held = Array.from({ length: targets }, () => Uint8Array.from(encoded));
  const idle = (used() - before) / held.length;
  const beforeDecoding = used();
  const decoded = Array.from({ length: 20 }, () => decodeState(encoded));
  const running = (used() - beforeDecoding) / decoded.length;
  const plans = largePlans();
  const boot = await bootTimes();
  return {
    title: 'Memory, start, large plans',
    how:
      `states of ${targets} targets, each with 1,000 statements, ` +
      '200 sketches and 1,000 explained marks; `dbintel standalone` from its sources on a ' +
      'running database, from exec to the first cycle’s plans, 5 starts; ' +
      'a plan of 10,001 nodes with a condition each, 15 times',
    rows: [
      ['memory of an idle target with a full state', `${Math.round(idle / 1_024)} KiB`, '≤ 0.3 MB'],
      ['its state while its cycle runs', `${Math.round(running / 1_024)} KiB`, ''],
      ['its state as stored', `${Math.round(encoded.byteLength / 1_024)} KiB`, '≤ 64 KiB'],
      [
        'start to the first cycle’s plans (median)',
        `${(median(boot.ms) / 1_000).toFixed(2)} s`,
        '≤ 2 s',
      ],
      [
        'resident memory of standalone with one target, run from its sources',
        `${Math.round(median(boot.rss) / 1_024)} MiB`,
        '',
      ],
      ['plan of 10,001 nodes: read (median)', `${median(plans.read).toFixed(0)} ms`, '< 50 ms'],
      ['the same: totals and hash', `${median(plans.rest).toFixed(0)} ms`, ''],
    ],
  };
}

function fullState(): TargetState {
  const policy = { perSecond: 1, burst: 10 };
  const noise = (i: number) => Math.abs(Math.sin(i) * 1e9);
  const keys = Array.from({ length: 1_000 }, (_, i) => `16384/5/${Math.round(noise(i) * 9e9)}`);
  const baseline = takeBaseline({
    at: 0,
    epoch: 'e',
    statements: keys.map((key, i) => ({
      key,
      nativeId: '',
      database: 'd',
      user: 'u',
      toplevel: true,
      calls: Math.round(noise(i + 1)),
      totalMs: noise(i + 2),
      meanMs: noise(i + 3) / 1e6,
      stddevMs: noise(i + 4) / 1e6,
      rows: Math.round(noise(i + 5)),
      tempBlocksWritten: 0,
    })),
  });
  const hex = (i: number) => Math.round(noise(i) * 1e9).toString(16);
  const sketchOf = (i: number) =>
    Array.from({ length: 100 }, (_, n) => 1 + (noise(i + n) % 10)).reduce(
      (sketch, value) => sketchAdd(sketch, value),
      emptySketch,
    );
  const markOf = (i: number) => ({
    at: 1.7e12 + i,
    fingerprint: hex(i + 6),
    hash: `ph2:${hex(i + 7)}${hex(i + 8)}`,
  });
  return {
    ...freshState(0, policy, policy),
    baseline,
    sketches: new Map(keys.slice(0, 200).map((key, i) => [key, sketchOf(i)])),
    explained: new Map(keys.map((key, i) => [key, markOf(i)])),
  };
}

async function bootTimes(): Promise<{ ms: number[]; rss: number[] }> {
  const server = await startPostgres();
  const folder = temporaryFolder('boot');
  const [ms, rss]: [number[], number[]] = [[], []];
  try {
    await prepareServer(server);
    await server.sql('CREATE TABLE t (a int, b int); GRANT SELECT ON t TO dbintel');
    const client = await server.client();
    for (let i = 0; i < 6; i += 1)
      for (const column of ['a', 'b'])
        for (const operator of ['=', '<', '>', '<>', '>='])
          await client.query(`SELECT a FROM t WHERE ${column} ${operator} 1`);
    await client.end();
    mkdirSync(join(folder, 'targets'));
    writeFileSync(join(folder, 'targets/t.yaml'), manifest({ port: server.port }));
    for (let i = 0; i < 5; i += 1) {
      const run = await oneBoot(folder, i);
      ms.push(run.ms);
      rss.push(run.rss);
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return { ms, rss };
}

async function oneBoot(folder: string, i: number): Promise<{ ms: number; rss: number }> {
  const started = performance.now();
  const probes = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    join(root, 'bin/dbintel'),
    [
      'standalone',
      '--print',
      '--targets',
      join(folder, 'targets'),
      '--data',
      join(folder, `data-${i}`),
      '--api',
      `127.0.0.1:${await freePort()}`,
      '--probes',
      probes,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ready = new Promise<number>((resolve) =>
    child.stdout.on('data', (chunk: Buffer) => {
      if (/cycle 1 .* plans?/.test(chunk.toString())) resolve(performance.now() - started);
    }),
  );
  const ms = await ready;
  const resident = async () =>
    Number(
      /^process_resident_memory_bytes (\d+)/m.exec(
        await (await fetch(`http://${probes}/metrics`)).text(),
      )?.[1],
    ) / 1_024;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const idle = await resident();
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  return { ms, rss: idle };
}

function largePlans(): { read: number[]; rest: number[] } {
  const scan = (i: number) => ({
    'Node Type': 'Seq Scan',
    'Parent Relationship': 'Member',
    Schema: 'public',
    'Relation Name': `t${i}`,
    Alias: `t_${i}`,
    'Startup Cost': 0,
    'Total Cost': 10,
    'Plan Rows': 5,
    'Plan Width': 8,
    Filter: `((t_${i}.a = 5) AND (t_${i}.b > 'x'::text))`,
  });
  const json = JSON.stringify([
    {
      Plan: {
        'Node Type': 'Append',
        'Total Cost': 1,
        Plans: Array.from({ length: 10_000 }, (_, i) => scan(i)),
      },
    },
  ]);
  const [read, rest]: [number[], number[]] = [[], []];
  for (let i = 0; i < 15; i += 1) {
    const started = performance.now();
    const { root: top } = readPostgresJson(json);
    const parsed = performance.now();
    deriveTotals(top);
    planHash(top, tokenize);
    read.push(parsed - started);
    rest.push(performance.now() - parsed);
  }
  return { read, rest };
}
