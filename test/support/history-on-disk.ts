import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { openHistory } from '../../src/app/open-history.ts';
import { silentMetrics } from '../../src/base/metrics.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { readConfig } from '../../src/config.ts';
import { openSqliteState } from '../../src/coordination/sqlite/sqlite-state.ts';
import { contextOf, explained, makeBatch } from './batch.ts';
import { until } from './leaks.ts';

/**
 * A program whose data folder is a small volume of its own, to which bad things happen; run in a
 * mount namespace of its own. Says what came of it as JSON.
 */
const [folder = '', what = ''] = process.argv.slice(2);
const sh = (command: string, ...args: string[]) => execFileSync(command, args);
const mount = (options: string) => sh('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder);
const remount = (options: string) => sh('mount', '-o', `remount,${options}`, folder);
const file = join(folder, 'history.db');
const lines: { message: string; code: unknown }[] = [];
const log = (fields: object, message: string) => {
  const { error } = fields as { error?: { code?: unknown } };
  lines.push({ message, code: error?.code });
};
const logger = { debug: log, info: log, warn: log, error: log };
const open = () =>
  openHistory(readConfig({ DBINTEL_DATA: folder }), {
    clock: systemClock,
    logger,
    metrics: silentMetrics,
  });

const now = Date.now();
let number = 0;
const queriesOf = (batch: number) =>
  Array.from({ length: 20 }, (_, i) => {
    const table = `t${batch}_${i}`;
    return explained(`f${batch}-${i}`, { table, context: contextOf(table) });
  });
const batchOf = (n: number) => makeBatch({ at: now + n * 1_000, number: n, queries: queriesOf(n) });
mount(what === 'migration' ? 'size=24k' : what === 'full' ? 'size=4m' : 'size=40m');
let opened = await open();
const waiting = () => (opened.history as unknown as { waiting: number }).waiting;
async function record(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    number += 1;
    await opened.history.record(batchOf(number));
  }
}
const settled = () => until(async () => waiting() === 0, 20_000, 'all that waited is kept');
const cycles = async () =>
  (await opened.questions.cycles({ target: 'uid', since: 0, limit: 9_999 })).length;
async function say(more: object = {}): Promise<void> {
  await opened.history.close();
  process.stdout.write(JSON.stringify({ lines, number, ...more }));
}

const scenarios: Record<string, () => Promise<void>> = {
  async full() {
    while (waiting() === 0) await record(1);
    await record(5);
    const kept = await cycles();
    remount('size=40m');
    await settled();
    await say({ kept, cycles: await cycles() });
  },
  async migration() {
    await record(3);
    const failed = waiting();
    remount('size=40m');
    await settled();
    await say({ failed, cycles: await cycles() });
  },
  async readonly() {
    await record(3);
    await opened.history.close();
    remount('ro');
    opened = await open();
    await record(3);
    remount('rw');
    await settled();
    await say({ cycles: await cycles() });
  },
  async state() {
    const state = openSqliteState(join(folder, 'state.db'), systemClock);
    const epoch = await state.nextEpoch('uid');
    const save = () =>
      state.saveTarget('uid', epoch, new Uint8Array(100_000)).catch((error: Error) => error);
    const filler = join(folder, 'filler');
    const fill = () => sh('sh', '-c', `head -c 99m /dev/zero >${filler} || true`);
    fill();
    const code = Reflect.get(Object(await save()), 'code');
    rmSync(filler);
    const saved = await save();
    await state.close();
    await say({ code, saved });
  },
  damaged: () => damage(spoil),
  cut: () => damage(() => truncateSync(file, Math.floor(statSync(file).size * 0.6) + 1_000)),
  async twice() {
    await damage(spoil, async () => {
      await opened.history.close();
      writeAt(0, 'this is no database, and never was');
      opened = await open();
      await record(1);
      lines.push({ message: `waiting ${waiting()}`, code: undefined });
    });
  },
};

function writeAt(at: number, text: string): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, text, at);
  closeSync(descriptor);
}

/** Two pages in the middle. */
const spoil = () =>
  writeAt(Math.floor(statSync(file).size / 8_192) * 4_096, 'no page of a file. '.repeat(430));

async function damage(how: () => void, then = async () => {}): Promise<void> {
  await record(100);
  const said = { rule: 'full-scan', fingerprint: 'f1-1', kind: 'accepted', by: 'me' } as const;
  await opened.history.judge('uid', { remove: [], put: [{ ...said, at: now, declared: false }] });
  await opened.history.close();
  how();
  opened = await open();
  await opened.questions.plans({ target: 'uid', limit: 9_999 }).catch(() => []);
  await record(3);
  await settled();
  const isOver = () => lines.some(({ message }) => message.includes('what could be read'));
  await until(async () => isOver(), 20_000, 'what can be read is read');
  const { plans } = await opened.questions.counts('uid');
  const verdicts = (await opened.questions.verdicts('uid')).length;
  const numbers = { plans, verdicts, cycles: await cycles() };
  await then();
  await say({ ...numbers, aside: existsSync(`${file}.damaged`) });
}

await scenarios[what]?.();
