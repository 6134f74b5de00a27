import { describe, expect, it } from 'vitest';
import { claimLimit } from '../lease-store.ts';
import { createLeaseTable } from './lease-table.ts';

const facts = { scope: 'all', cluster: 'kube-system:1', load: 0, name: 'pod', stops: {} };
const ttl_ms = 100;

/** Two sessions that were opened at 0. */
function two() {
  const table = createLeaseTable(ttl_ms);
  for (const id of ['a', 'b']) expect(table.open(id, facts, 0)).toBe('opened');
  return table;
}

describe('leases', () => {
  it('an id is used once; another scope or cluster of the same kind is refused', () => {
    const table = two();
    expect(table.open('a', facts, 1)).toBe('exists');
    expect(table.open('c', { ...facts, scope: 'one' }, 1)).toEqual({ scope: 'all' });
    expect(table.open('c', { ...facts, cluster: 'kube-system:2' }, 1)).toEqual({
      cluster: 'kube-system:1',
    });
    expect(table.open('c', { ...facts, cluster: 'other:2' }, 1)).toBe('opened');
  });
  it('a shard is free when nobody has it or its holder is over', () => {
    const table = two();
    expect(table.claim('a', 1, [2, 1], 1)).toEqual([2, 1]);
    expect(table.claim('b', 1, [1, 3], 1)).toEqual([3]);
    expect(table.renew('b', 2, facts, 50)).toMatchObject({ mine: [3] });
    expect(table.claim('b', 3, [1], ttl_ms)).toEqual([1]);
    expect(table.renew('a', 2, facts, ttl_ms)).toBe('lost');
  });
  it('what came late changes nothing', () => {
    const table = two();
    table.claim('a', 2, [1], 1);
    expect(table.release('a', 2, [1], 1)).toBe('refused');
    expect(table.claim('b', 1, [1], 1)).toEqual([]);
    expect(table.release('a', 3, [1], 1)).toBe('released');
    expect(table.claim('b', 2, [1], 1)).toEqual([1]);
  });
  it('the version changes with owners and sessions, and with nothing else', () => {
    const table = two();
    table.claim('a', 1, [1], 1);
    const before = table.poll(1);
    table.claim('a', 2, [1], 1);
    table.renew('a', 3, { ...facts, load: 9 }, 1);
    table.release('a', 4, [7], 1);
    expect(table.poll(1)).toBe(before);
    expect(table.poll(ttl_ms)).toBe(before + 1);
  });
  it('one claim takes so many at most; an end frees what was held', () => {
    const table = two();
    const many = Array.from({ length: claimLimit + 5 }, (_, shard) => shard);
    expect(table.claim('a', 1, many, 1)).toHaveLength(claimLimit);
    expect(table.end('a', 2, 1)).toBe('ended');
    expect(table.survey(1)).toMatchObject({ sessions: [{ id: 'b' }], owners: new Map() });
  });
});
