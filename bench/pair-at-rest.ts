import { startPostgres } from '../test/support/postgres-server.ts';
import { prepareServer } from '../test/support/target.ts';
import { alternate, type Figure, type Pair, type Values } from './figures.ts';
import { sleep } from './harness.ts';
import { cpu, rss } from './processes.ts';
import type { Revision } from './revision.ts';
import { type Standalone, startStandalone } from './standalone.ts';
import { createTable, textsOver } from './texts.ts';

/**
 * One process with one target on which nothing runs: how fast it is up, and what it takes then.
 * They start one after the other and rest together: a process at rest is in nobody’s way.
 */
const rounds = 5;
/** What runs once a second or a minute is compiled by then: before, it takes half as much again. */
const settle_ms = 480_000;
/** One cycle a minute, by default. */
const watched_ms = 240_000;

const boot = 'boot to the first plan';
const [memory, idle] = ['resident memory at rest, one target', 'CPU at rest, one target'];

export const atRestFigures: readonly Figure[] = [
  { name: boot, unit: 'ms', goal: '≤ 600 ms (after)' },
  { name: memory, unit: 'MiB', goal: '≤ 80 MiB (after)' },
  { name: idle, unit: '% of a core', goal: '≤ 0.1 (after)' },
];

export async function pairAtRest(before: Revision, after: Revision): Promise<Pair> {
  const server = await startPostgres();
  const resting: Standalone[] = [];
  try {
    await prepareServer(server);
    await server.sql('ALTER ROLE dbintel CONNECTION LIMIT 50');
    await server.sql(createTable('t'));
    const client = await server.client();
    for (let i = 0; i < 6; i += 1)
      for (const text of textsOver('t', 10)) await client.query(text, [1, 2]);
    await client.end();
    const [was = [], is = []] = await alternate(rounds, [before, after], async ({ program }) => {
      const one = await startStandalone({
        program,
        port: server.port,
        databases: ['postgres'],
        print: true,
      });
      resting.push(one);
      return { [boot]: await one.booted, place: resting.length - 1 };
    });
    await sleep(settle_ms);
    const cpuBefore = resting.map(({ child }) => cpu(child));
    await sleep(watched_ms);
    const rest = resting.map(
      ({ child }, i): Values => ({
        [memory]: rss(child),
        [idle]: (100 * (cpu(child) - (cpuBefore[i] as number))) / watched_ms,
      }),
    );
    const withRest = (rows: readonly Values[]) =>
      rows.map(({ place = 0, ...values }): Values => ({ ...values, ...rest[place] }));
    return { before: withRest(was), after: withRest(is) };
  } finally {
    await Promise.all(resting.map((one) => one.stop()));
    await server.stop();
  }
}
