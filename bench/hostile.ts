import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { redactMysql, statementKey } from '../src/dialects/mysql-family/text.ts';
import { redactSql } from '../src/dialects/postgres/redact.ts';
import { guard } from '../src/engines/mysql-family/guard.ts';
import { parseStatement, ready } from '../src/engines/postgres/parse.ts';
import { makeTemplate } from '../src/engines/postgres/repair.ts';
import { adversarialTexts } from '../test/support/adversarial.ts';
import { endlessMysql, endlessPostgres } from '../test/support/hostile-endless.ts';
import { type Conversation, startHostileServer } from '../test/support/hostile-server.ts';
import { manifest, startStandalone } from '../test/support/program.ts';
import { type Section, shippedFlags, sleep } from './harness.ts';

/**
 * What servers and texts that mean no good cost the others: the event loop while texts come that
 * are slow to read, memory while a server sends without end.
 */
export async function hostileBench(): Promise<Section> {
  const loop = await loopDelay();
  return {
    title: 'Hostile texts and servers',
    how:
      'texts of 64 KiB that make a careless lexer slow, ' +
      'one after the other through everything that reads a statement; ' +
      'and a server that sends rows without end to the standalone program, cycle after cycle',
    rows: [
      [
        'event loop delay while adversarial texts of 64 KiB arrive, p99',
        `${loop.toFixed(1)} ms`,
        '≤ 50 ms',
      ],
      [
        'memory above idle under an endless PostgreSQL',
        `${await endlessMemory('postgres', endlessPostgres)} MiB`,
        '≤ 64 MiB',
      ],
      [
        'memory above idle under an endless MySQL',
        `${await endlessMemory('mysql', endlessMysql)} MiB`,
        '≤ 64 MiB',
      ],
    ],
  };
}

async function loopDelay(): Promise<number> {
  await ready;
  const limit = 65_536;
  const readers = [
    (text: string) => {
      const parsed = parseStatement(text, limit);
      if (parsed.kind !== 'refused') makeTemplate(text, parsed);
    },
    redactSql,
    redactMysql,
    statementKey,
    (text: string) => guard(text, { bytes: limit, sampleLength: limit + 2 }),
  ];
  const texts = adversarialTexts(limit - 16);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (const { text } of texts) {
    for (const read of readers) {
      read(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  delay.disable();
  return delay.percentile(99) / 1e6;
}

const mebibyte = 1_048_576;
const watched_ms = 25_000;

/** The most that a replica holds above what it held before, over some cycles. */
export async function endlessMemory(
  engine: 'postgres' | 'mysql',
  talk: Conversation,
): Promise<number> {
  const server = await startHostileServer({ talk, seed: 1, secret: 'none' });
  const spec =
    '  collection: { interval: 10s }\n  safety: { circuitBreaker: { failures: 100, openFor: ' +
    '1s, maxOpenFor: 1s } }';
  const program = await startStandalone(
    { 'a.yaml': manifest({ port: 1, engine, name: 'nobody', spec }) },
    { NODE_OPTIONS: shippedFlags.join(' ') },
  );
  const rss = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1] ?? 0) *
    1_024;
  await sleep(2_000);
  const idle = rss();
  program.write('b.yaml', manifest({ port: server.port, engine, name: 'endless', spec }));
  let most = 0;
  for (const began = performance.now(); performance.now() - began < watched_ms; await sleep(20))
    most = Math.max(most, rss());
  program.remove();
  await server.close();
  if (server.conversations < 2) throw new Error(`only ${server.conversations} conversations`);
  return Math.round((most - idle) / mebibyte);
}
