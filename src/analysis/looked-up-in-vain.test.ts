import { describe, expect, it } from 'vitest';
import { said } from '../../test/support/said.ts';
import { index, loop, mysqlTable, table, typed } from './examples.ts';

/** Members of rooms, by room in the primary key, asked for by member. */
const membership = table('membership', 159_776, {
  columns: typed({ room_id: 'int', user_id: 'int', role: 'varchar' }),
  indexes: [index('PRIMARY', ['room_id', 'user_id'], { unique: true })],
});
const room = table('room', 20_238, {
  columns: typed({ id: 'int', name: 'varchar', archived_at: 'datetime' }),
  indexes: [index('PRIMARY', ['id'], { unique: true })],
});
const rooms = (condition?: string) =>
  mysqlTable('r', {
    rows: 20_238,
    filtered: 10,
    ...(condition ? { condition } : {}),
  });
const member = mysqlTable('m', {
  access: 'eq_ref',
  key: 'PRIMARY',
  used_key_parts: ['room_id', 'user_id'],
  ref: ['shop.r.id', 'const'],
  rows: 1,
  using_index: true,
});
const asked = (rowsExamined: number, facts = membership, condition?: string, more: object = {}) =>
  said('mysql', {
    plan: loop(rooms(condition), member),
    shape: {
      joins: 1,
      relations: [
        { name: 'membership', alias: 'm' },
        { name: 'room', alias: 'r' },
      ],
      filtered: true,
      ...more,
    },
    stats: { calls: 18, rows: 333, totalMs: 696, work: { rowsExamined } },
    facts: [
      { ...room, name: 'r' },
      { ...facts, name: 'm' },
    ],
  });

describe('each row of a table is looked up in another, by a value besides', () => {
  it('which hardly any has: an index on the value', () => {
    expect(asked(360_333)).toEqual([
      expect.stringMatching(/^full-scan: .*`m` ADD INDEX \(`user_id`\)/),
    ]);
  });
  it('and none on what has no value, which most may have, and the join leaves few of', () => {
    const own = asked(360_333, membership, '(`shop`.`r`.`archived_at` is null)');
    expect(own.join()).toContain('(`user_id`)');
    expect(own.join()).not.toContain('archived_at');
  });
  it('not where the rows of the first one are wanted with or without the other', () => {
    expect(asked(360_333, membership, undefined, { outerJoin: true })).toEqual([]);
    expect(asked(360_333, membership, undefined, { subqueries: 1, notIn: true })).toEqual([]);
  });
  it('not where what is asked of the first one may be what keeps few', () => {
    const own = asked(360_333, membership, '(`shop`.`r`.`name` = 7)');
    expect(own.join()).not.toContain('user_id');
  });
  it('so in an order, until enough are found', () => {
    const walk = { limit: true, ordered: true };
    const found = asked(1_723_608, membership, '(`shop`.`r`.`archived_at` is null)', walk);
    expect(found.join()).toContain('(`user_id`)');
    expect(found.join()).not.toContain('archived_at');
    expect(asked(90_000, membership, undefined, walk)).toEqual([]);
  });
  it('not where most are found', () => {
    expect(asked(700_000)).toEqual([]);
  });
  it('not where an index begins with the value', () => {
    const there = [...membership.indexes, index('by_user', ['user_id'])];
    expect(asked(360_333, { ...membership, indexes: there })).toEqual([]);
  });
});
