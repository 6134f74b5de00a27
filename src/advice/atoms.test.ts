import { describe, expect, it } from 'vitest';
import {
  type Answer,
  answersOf,
  batchesOf,
  firstQuestions,
  type Inquiry,
  mostQuestions,
  nextQuestions,
  toProblem,
  widestQuestions,
} from './atoms.ts';
import type { Candidate } from './candidates.ts';

const candidate = (id: string, table: string, ...statements: string[]): Candidate => ({
  id,
  index: { schema: 'public', table, method: 'btree', keys: [{ column: id }] },
  bytes: 100,
  statements,
});
const inquiry: Inquiry = {
  statements: [
    { fingerprint: 's1', calls: 100 },
    { fingerprint: 's2', calls: 10 },
  ],
  candidates: [
    candidate('a', 't', 's1', 's2'),
    candidate('b', 't', 's1'),
    candidate('c', 'u', 's1'),
    candidate('d', 'v', 's2'),
  ],
  answers: [],
  asked: 0,
};
const said = ({ statement, indexes }: { statement: string; indexes: readonly string[] }) =>
  [statement, ...indexes].join(' ');
const answer = (text: string, cost: number | undefined): Answer => {
  const [statement = '', ...indexes] = text.split(' ');
  return { statement, indexes, cost };
};
const limits = {
  budgetBytes: 1_000,
  perTable: 5,
  writeCost: () => 1,
  existing: [{ id: 'old', table: '["public","t"]' }],
};

describe('what is asked', () => {
  it('things as they are, then the likeliest candidate of each statement', () =>
    expect(firstQuestions(inquiry).map(said)).toEqual([
      's1',
      's2',
      's1 a',
      's2 a',
      's1 b',
      's2 d',
      's1 c',
    ]));
  it('not again what is known', () =>
    expect(
      firstQuestions({ ...inquiry, answers: [answer('s1', 5), answer('s2 a', 1)] }).map(said),
    ).toEqual(['s2', 's1 a', 's1 b', 's2 d', 's1 c']));
  it('pairs of what helped, on different tables, the most promising first', () => {
    const answers = [
      answer('s1', 100),
      answer('s1 a', 50),
      answer('s1 b', 99.5),
      answer('s1 c', 60),
      answer('s2', 100),
      answer('s2 a', 1),
      answer('s2 d', 2),
    ];
    const asked = { ...inquiry, answers };
    expect(nextQuestions(asked).map(said)).toEqual(['s1 a c', 's2 a d']);
    const all = [...answers, answer('s1 a c', 3), answer('s2 a d', 1)];
    expect(nextQuestions({ ...inquiry, answers: all })).toEqual([]);
  });
  it('never more often than may be', () => {
    const statements = Array.from({ length: 100 }, (_, i) => ({ fingerprint: `s${i}`, calls: 1 }));
    const candidates = statements.flatMap(({ fingerprint }) =>
      Array.from({ length: 8 }, (_, i) => candidate(`${fingerprint}c${i}`, `t${i}`, fingerprint)),
    );
    const first = firstQuestions({ statements, candidates, answers: [], asked: 0 });
    expect(mostQuestions(100)).toBe(300);
    expect(first.length).toBe(255);
    const answers = first.map((each) => ({ ...each, cost: each.indexes.length ? 1 : 100 }));
    const next = nextQuestions({ statements, candidates, answers, asked: 255 });
    expect(next.length).toBe(45);
    const rest = [...answers, ...next.map((each) => ({ ...each, cost: 1 }))];
    expect(nextQuestions({ statements, candidates, answers: rest, asked: 300 })).toEqual([]);
  });
  it('with all at once, in lots', () => {
    expect(widestQuestions(inquiry)).toEqual([
      { indexes: ['a', 'b', 'c', 'd'], statements: ['s1', 's2'] },
    ]);
    const many = ['s1', 's2', 's3'].map((fingerprint) => ({ fingerprint, calls: 1 }));
    const candidates = Array.from({ length: 150 }, (_, i) => [
      candidate(`a${i}`, 't', 's1'),
      candidate(`b${i}`, 't', 's2'),
    ]).flat();
    const lots = widestQuestions({ ...inquiry, statements: many, candidates });
    expect(lots.map(({ indexes, statements }) => [indexes.length, statements])).toEqual([
      [150, ['s1']],
      [150, ['s2']],
    ]);
  });
  it('of all at once, what a plan uses says what it is with these alone', () => {
    const known = { ...inquiry, answers: [answer('s2', 100)] };
    const of = (used: string[], cost: number) => answersOf(known, 's2', { used, cost });
    expect(of(['d', 'a'], 3)).toEqual([answer('s2 a d', 3)]);
    expect(of([], 100)).toEqual([answer('s2 a', 100), answer('s2 d', 100)]);
    expect(of([], 50)).toEqual([]);
  });
  it('what some plan would rather have comes first', () => {
    const answers = [answer('s1', 9), answer('s2', 9), answer('s2 a', 8), answer('s1 c', 3)];
    expect(firstQuestions({ ...inquiry, answers }).map(said)).toEqual(['s1 a', 's2 d', 's1 b']);
  });
  it('what is dear to make only with all others', () => {
    const dear = new Set(['a', 'c']);
    expect(firstQuestions({ ...inquiry, dear }).map(said)).toEqual(['s1', 's2', 's1 b', 's2 d']);
    const answers = [answer('s1', 100), answer('s1 b', 50), answer('s1 c', 60)];
    expect(nextQuestions({ ...inquiry, answers, dear })).toEqual([]);
    expect(widestQuestions({ ...inquiry, dear })[0]?.indexes).toContain('a');
  });
  it('each set is made once', () =>
    expect(batchesOf(firstQuestions(inquiry))[1]).toEqual({
      indexes: ['a'],
      statements: ['s1', 's2'],
    }));
});

describe('the problem', () => {
  const answers = [
    answer('s1', 100),
    answer('s1 a', 50),
    answer('s1 b', 99.5),
    answer('s1 c', undefined),
    answer('s2', undefined),
    answer('s2 a', 1),
  ];
  it('has what saves, of what can be planned, and counts what is there', () =>
    expect(toProblem({ ...inquiry, answers }, limits)).toEqual({
      base: new Map([['s1', 100]]),
      weight: new Map([['s1', 100]]),
      atoms: [{ statement: 's1', indexes: ['a'], cost: 50 }],
      indexes: [
        { id: 'a', table: '["public","t"]', bytes: 100, writeCost: 1 },
        { id: 'old', table: '["public","t"]', bytes: 0, writeCost: 0, pinned: true },
      ],
      budgetBytes: 1_000,
      perTable: 5,
    }));
  it('leaves out what another does better everywhere', () => {
    const both = [answer('s1', 100), answer('s1 a', 50), answer('s1 b', 40)];
    const ids = (bytes: ReadonlyMap<string, number>) =>
      toProblem({ ...inquiry, answers: both }, { ...limits, bytes, existing: [] }).indexes.map(
        ({ id }) => id,
      );
    expect(ids(new Map())).toEqual(['b']);
    expect(ids(new Map([['b', 500]]))).toEqual(['a', 'b']);
  });
  it('of two that are alike, one is left', () => {
    const both = [answer('s1', 100), answer('s1 a', 50), answer('s1 b', 50)];
    expect(
      toProblem({ ...inquiry, answers: both }, { ...limits, existing: [] }).indexes.length,
    ).toBe(1);
  });
});
