import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../base/random.ts';
import {
  type HourOfUse,
  slotsOf,
  type Validation,
  validate,
  validationPolicy,
  type WatchedStatement,
} from './validation.ts';

const hour = 3_600_000;
const day = 24 * hour;
const appliedAt = Date.UTC(2026, 2, 2);

/** A world of outcomes: hours with a daily wave, weather that all calls of an hour share. */
interface Made {
  fingerprint?: string;
  evidence?: boolean;
  /** Time of a call after, over before. */
  factor: number;
  switched?: boolean;
  callsPerHour?: number;
  days?: number;
  noise?: number;
}
function statement(made: Made, random: Random): WatchedStatement {
  const { factor, evidence = true, switched = true, callsPerHour = 60, days = 2 } = made;
  const { fingerprint = 'f', noise = 0.2 } = made;
  const hours: HourOfUse[] = [];
  for (let at = appliedAt - 7 * day; at < appliedAt + days * day; at += hour) {
    const wave = 1 + 0.5 * Math.sin((2 * Math.PI * at) / day);
    const weather = Math.exp(noise * normal(random));
    const calls = Math.round(callsPerHour * wave);
    const mean = 20 * wave * weather * (at >= appliedAt ? factor : 1);
    hours.push({ at, calls, totalMs: calls * mean });
  }
  return { fingerprint, evidence, hours, switched };
}
const normal = (random: Random) =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

const judged = (
  statements: WatchedStatement[],
  days = 2,
  { braked = false, elsewhere = [] as WatchedStatement[] } = {},
): Validation =>
  validate(
    {
      appliedAt,
      now: appliedAt + days * day,
      statements,
      elsewhere: elsewhere.map(({ hours }) => hours),
      braked,
    },
    validationPolicy,
    seededRandom(3),
  );
const kinds = (count: number, make: (random: Random) => WatchedStatement[], days = 2) => {
  const found: Record<string, number> = {};
  for (let seed = 0; seed < count; seed += 1) {
    const { kind } = judged(make(seededRandom(seed)), days);
    found[kind] = (found[kind] ?? 0) + 1;
  }
  return found;
};

it('what helps is kept, in every world', () => {
  expect(kinds(100, (random) => [statement({ factor: 0.4 }, random)])).toEqual({ improved: 100 });
});

it('what does nothing is waited for, asked each day, and after a week kept as unproven', () => {
  const ends = Array.from({ length: 100 }, (_, seed) => {
    const idle = statement({ factor: 1, switched: false, days: 7 }, seededRandom(seed));
    const days = [1, 2, 3, 4, 5, 6, 7].map((until) => {
      const hours = idle.hours.filter(({ at }) => at < appliedAt + until * day);
      return judged([{ ...idle, hours }], until).kind;
    });
    return days.find((kind) => kind !== 'wait');
  });
  // Chance has its share: 5 of 100 were each asked about once, and to the end.
  expect(ends.filter((kind) => kind === 'regression').length).toBeLessThanOrEqual(2);
  expect(ends).not.toContain('improved');
});

it('what gets faster without its index being used proves nothing', () => {
  const other = (random: Random) => [statement({ factor: 0.5, switched: false }, random)];
  expect(kinds(20, other)).toEqual({ wait: 20 });
});

it('what makes its own statements or others slower is taken back, in every world', () => {
  expect(kinds(100, (random) => [statement({ factor: 1.4 }, random)])).toEqual({
    regression: 100,
  });
  // No plan was seen that has it: a half more is its doing, less may be anything's.
  const unseen = (factor: number) => (random: Random) => [
    statement({ factor, switched: false }, random),
  ];
  expect(kinds(50, unseen(2))).toEqual({ regression: 50 });
  expect(kinds(50, unseen(1.25))).toEqual({ wait: 50 });
  const write = (random: Random) => [
    statement({ factor: 0.4 }, random),
    statement({ fingerprint: 'insert', evidence: false, factor: 1.5 }, random),
  ];
  expect(kinds(100, write)).toEqual({ regression: 100 });
});

it('of forty others that only have their weather, hardly ever one takes it back', () => {
  const many = (random: Random) => [
    statement({ factor: 0.5 }, random),
    ...Array.from({ length: 40 }, (_, i) =>
      statement({ fingerprint: `o${i}`, evidence: false, factor: 1 }, random),
    ),
  ];
  const { improved = 0 } = kinds(40, many);
  expect(improved).toBeGreaterThanOrEqual(38);
});

describe('a server that got slower, or faster, with all that is on it', () => {
  const server = (factor: number, random: Random, count = 5) =>
    Array.from({ length: count }, () => statement({ factor }, random));
  it.each<[string, number, number, number, Validation['kind']]>([
    ['slower, as all else is', 1.4, 1.4, 5, 'wait'],
    ['slower than all else is', 2, 1.4, 5, 'regression'],
    ['slower, where all else is faster', 1.4, 0.6, 5, 'regression'],
    ['as it was, where all else is faster', 1, 0.6, 5, 'wait'],
    ['faster, as all else is', 0.6, 0.6, 5, 'wait'],
    ['faster than all else is', 0.3, 0.6, 5, 'improved'],
    ['faster, where all else is slower', 0.6, 1.4, 5, 'improved'],
    ['slower, and of too few others is known how they are', 1.4, 1.4, 4, 'regression'],
  ])('%s', (_, factor, all, count, kind) => {
    for (let seed = 0; seed < 20; seed += 1) {
      const random = seededRandom(seed);
      const elsewhere = server(all, random, count);
      expect(judged([statement({ factor }, random)], 2, { elsewhere }).kind).toBe(kind);
    }
  });

  it('one that writes, and is slower as all else is, takes nothing back', () => {
    const random = seededRandom(1);
    const write = statement({ fingerprint: 'insert', evidence: false, factor: 1.5 }, random);
    const faster = statement({ factor: 0.4 }, random);
    const elsewhere = server(1.5, random);
    expect(judged([faster, write], 2, { elsewhere }).kind).toBe('improved');
    expect(judged([faster, write]).kind).toBe('regression');
  });
});

it('a tenth more is what comes and goes', () => {
  const others = (random: Random) => [
    statement({ factor: 0.5 }, random),
    statement({ fingerprint: 'o', evidence: false, factor: 1.05, noise: 0.01 }, random),
  ];
  expect(kinds(20, others)).toEqual({ improved: 20 });
});

it('is not hasty: a day, a hundred calls of each, and no longer than a week', () => {
  const random = seededRandom(1);
  expect(judged([statement({ factor: 0.4 }, random)], 0.9)).toEqual({
    kind: 'wait',
    because: 'too_early',
  });
  const rare = statement({ factor: 0.4, callsPerHour: 1 }, random);
  expect(judged([rare])).toMatchObject({ kind: 'wait', because: 'too_few_calls' });
  expect(judged([{ ...rare, hours: [] }], 7)).toEqual({ kind: 'unproven' });
});

it('the health brake ends it, whatever else is so', () => {
  const faster = statement({ factor: 0.1 }, seededRandom(1));
  expect(judged([faster], 2, { braked: true })).toEqual({ kind: 'braked' });
});

it('compares an hour with the same one of the week, else of the day', () => {
  const before = [
    { at: appliedAt - 7 * day, calls: 10, totalMs: 100 },
    { at: appliedAt - day, calls: 10, totalMs: 300 },
    { at: appliedAt - day + hour, calls: 10, totalMs: 500 },
  ];
  const after = [
    { at: appliedAt, calls: 5, totalMs: 25 },
    { at: appliedAt + hour, calls: 5, totalMs: 50 },
    { at: appliedAt + 2 * hour, calls: 5, totalMs: 75 },
  ];
  expect(slotsOf([...before, ...after], appliedAt)).toEqual([
    { calls: 5, after: 5, before: 10 },
    { calls: 5, after: 10, before: 50 },
  ]);
});
