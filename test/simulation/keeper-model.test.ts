import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { next } from '../../src/coordination/keeper-next.ts';
import { holds } from '../../src/coordination/keeper-state.ts';
import { checkKeepers, goals, type KeeperBounds, type Storm } from './keeper-model.ts';

/** What the adversary may do in a walk; each is exhaustive within these bounds. */
type Bounds = Omit<KeeperBounds, 'next' | 'holds'>;
const walk = (steps: number, delays: number, ...storms: Storm[]): Bounds => ({
  steps,
  delays,
  storms,
});

it('in every state that two keepers, a store and an adversary can reach, each shard is one’s', () => {
  const walks = [
    walk(8, 0),
    walk(4, 1),
    walk(5, 0, 'flush'),
    walk(5, 0, 'crash'),
    walk(5, 0, 'drain'),
    walk(2, 1, 'outage'),
    walk(2, 1, 'flush'),
    walk(2, 1, 'drain'),
  ];
  const verdicts = walks.map((bounds) => checkKeepers({ ...bounds, next, holds }));
  expect(verdicts.flatMap(({ violation }) => violation ?? [])).toEqual([]);
  const reached = new Set(verdicts.flatMap((verdict) => [...verdict.reached]));
  expect([...goals].filter((goal) => !reached.has(goal))).toEqual([]);
  expect(verdicts.reduce((sum, { states }) => sum + states, 0)).toBeGreaterThan(300_000);
}, 300_000);

/**
 * A checker that finds nothing wrong with a broken keeper is dead: each guard is taken out of the
 * source, alone, and what is left must be found to break.
 */
const guards: Record<
  string,
  { file: string; guard: string; without: string; bounds: Bounds; breaks: RegExp }
> = {
  'a confirmation counts from its sending': {
    file: 'keeper-next.ts',
    guard: 'confirmedAt: confirms ?? state.confirmedAt',
    without: 'confirmedAt: confirms === undefined ? state.confirmedAt : now',
    bounds: walk(5, 1),
    breaks: /^K1/,
  },
  'a session is confirmed when what it held is claimed anew': {
    file: 'keeper-next.ts',
    guard: 'session: id,\n',
    without: 'session: id,\n        confirmedAt: sentAt,\n',
    bounds: walk(4, 1),
    breaks: /^K1/,
  },
  'what another has taken meanwhile is lost': {
    file: 'keeper-next.ts',
    guard: 'orLose.filter((shard) => !mine.has(shard))',
    without: 'orLose.filter((shard) => !mine.has(shard) && false)',
    bounds: walk(4, 0),
    breaks: /^K1/,
  },
  'what is being handed over starts nothing': {
    file: 'keeper-state.ts',
    guard: 'held.has(shard) && !leaving.has(shard)',
    without: 'held.has(shard)',
    bounds: walk(6, 1),
    breaks: /^K1/,
  },
  'who has just lost a session takes only what it had': {
    file: 'keeper-shards.ts',
    guard: 'quietUntil: now + sessionTtl_ms',
    without: 'quietUntil: state.quietUntil',
    bounds: walk(4, 0, 'flush'),
    breaks: /^K1/,
  },
  'a shard is given back by the hand-over with which it leaves': {
    file: 'keeper-next.ts',
    guard: 'state.leaving.get(shard) === number',
    without: 'state.leaving.has(shard)',
    bounds: walk(13, 0),
    breaks: /^K2/,
  },
  'an attempt that took long is no proof that the store is away': {
    file: 'keeper-next.ts',
    guard: 'now - state.pass.beganAt <= asleep_ms',
    without: 'now - state.pass.beganAt <= Number.POSITIVE_INFINITY',
    bounds: walk(4, 1),
    breaks: /^K3/,
  },
  'who has expired holds nothing': {
    file: 'keeper-next.ts',
    guard: "current === 'expired'\n    ?",
    without: "current === 'expired' && facts.now < 0\n    ?",
    bounds: walk(2, 1, 'outage'),
    breaks: /^K4/,
  },
  'who is draining takes nothing': {
    file: 'keeper-shards.ts',
    guard: 'state.draining ? [] : ',
    without: '',
    bounds: walk(3, 1, 'drain'),
    breaks: /^K5/,
  },
  'the commands of a session are numbered': {
    file: 'keeper-shards.ts',
    guard: 'sequence: state.sequence + 1',
    without: 'sequence: state.sequence + 0',
    bounds: walk(2, 0),
    breaks: /^K6/,
  },
};

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const source = join(root, 'src/coordination');
const folder = mkdtempSync(join(root, 'node_modules', '.keeper-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The keeper's own files, one of them without a guard; the rest of the room is where it was. */
async function keeperWithout(
  name: string,
  { file, guard, without }: (typeof guards)[string],
): Promise<Pick<KeeperBounds, 'next' | 'holds'>> {
  const copy = join(folder, name.replaceAll(/\W/g, '-'), 'coordination');
  cpSync(source, copy, { recursive: true, filter: (path) => !path.endsWith('.test.ts') });
  symlinkSync(join(root, 'src/base'), join(dirname(copy), 'base'));
  symlinkSync(join(root, 'src/model'), join(dirname(copy), 'model'));
  const text = readFileSync(join(copy, file), 'utf8');
  expect(text.split(guard).length, `${guard} stands in ${file} once`).toBe(2);
  writeFileSync(join(copy, file), text.replace(guard, without));
  const { next: mutant } = await import(join(copy, 'keeper-next.ts'));
  const { holds: holdsOf } = await import(join(copy, 'keeper-state.ts'));
  return { next: mutant, holds: holdsOf };
}

it.each(Object.entries(guards))(
  'without the guard that %s it finds a way to break it',
  async (name, guard) => {
    const { violation } = checkKeepers({ ...guard.bounds, ...(await keeperWithout(name, guard)) });
    expect(violation?.what).toMatch(guard.breaks);
    expect(violation?.trace.length).toBeGreaterThan(0);
  },
  300_000,
);
