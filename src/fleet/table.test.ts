import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { changesSince, mostRows } from './changes.ts';
import type { Glance } from './glance.ts';
import { countsOf, type FleetQuestion, pageOf } from './page.ts';
import { createFleetTable, silentAfter_ms } from './table.ts';
import { createTexts } from './texts.ts';

const clock = { at: 1_700_000_000_000, now: () => clock.at, monotonic: () => clock.at - 1e12 };
const well: Glance = {
  suspend: false,
  engine: 'postgres',
  ready: 'True',
  reason: 'Collecting',
  owner: 'a',
  explained: 97,
  accountedFor: 100,
  updatedAt: clock.at,
};
const named = (name: string, namespace = 'shop') => ({ uid: `uid-${name}`, namespace, name });
const everywhere: FleetQuestion = {
  mayRead: () => true,
  sort: 'attention',
  reverse: false,
  limit: 100,
  from: 0,
};
const names = (table: ReturnType<typeof createFleetTable>, more: Partial<FleetQuestion> = {}) =>
  pageOf(table, { ...everywhere, ...more }).rows.map(({ name }) => name);

function someTable() {
  const table = createFleetTable(clock);
  table.note(named('ok'), well);
  table.note(named('worse'), { ...well, findings: 3, critical: 1, warning: 2 });
  table.note(named('open'), {
    ...well,
    ready: 'False',
    reason: 'CircuitOpen',
    circuit: 'open',
    cause: 'statement_timeout',
  });
  table.note(named('off', 'billing'), { ...well, engine: 'mysql', suspend: true, owner: 'b' });
  return table;
}

it('whatever is noted is read again', () => {
  const text = fc.option(fc.string({ minLength: 1, maxLength: 20 }), { nil: undefined });
  const whole = fc.option(fc.nat(60_000), { nil: undefined });
  // Times are kept in seconds.
  const second = fc.option(
    fc.integer({ min: 1, max: 2_000_000_000 }).map((each) => each * 1_000),
    { nil: undefined },
  );
  const glances = fc.record({
    engine: text,
    reason: text,
    owner: text,
    plans: whole,
    since: second,
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), glances), { maxLength: 60 }), (all) => {
      const table = createFleetTable(clock);
      const last = new Map<string, Glance>();
      for (const [i, given] of all) {
        const known = Object.entries(given).filter(([, value]) => value !== undefined);
        const glance = { suspend: i % 2 === 1, ...Object.fromEntries(known) } as Glance;
        if (i % 7 === 0) table.forget(`uid-${i}`);
        else table.note(named(`${i}`), glance);
        if (i % 7 === 0) last.delete(`uid-${i}`);
        else last.set(`uid-${i}`, glance);
      }
      for (const [uid, glance] of last) expect(table.glance(uid)).toEqual(glance);
      expect(table.size).toBe(last.size);
    }),
  );
});

it('what needs somebody comes first; search, filters and groups', () => {
  const table = someTable();
  expect(names(table)).toEqual(['open', 'off', 'worse', 'ok']);
  expect(names(table, { states: ['needs-you'] })).toEqual(['open']);
  expect(names(table, { states: ['paused', 'collecting'], namespaces: ['shop'] })).toEqual([
    'worse',
    'ok',
  ]);
  expect(names(table, { q: 'OFF' })).toEqual(['off']);
  expect(names(table, { q: 'shop/o' })).toEqual(['open', 'ok']);
  expect(names(table, { engines: ['mysql'] })).toEqual(['off']);
  expect(names(table, { owners: ['a'], findings: 'critical' })).toEqual(['worse']);
  expect(names(table, { sort: 'name', reverse: true })[0]).toBe('off');
  const grouped = pageOf(table, { ...everywhere, group: 'namespace' });
  expect(grouped.groups).toEqual([
    { group: 'billing', count: 1 },
    { group: 'shop', count: 3 },
  ]);
  expect(grouped.rows[0]?.name).toBe('off');
  expect(pageOf(table, { ...everywhere, limit: 2 })).toMatchObject({ total: 4, more: true });
  expect(pageOf(table, { ...everywhere, limit: 2, from: 2 })).toMatchObject({ more: false });
});

it('counts are of what one may read', () => {
  const table = someTable();
  expect(countsOf(table, () => true)).toMatchObject({
    targets: 4,
    states: { 'circuit-open': 1, paused: 1, collecting: 2 },
    kinds: { 'needs-you': 1, waits: 1, well: 2 },
    critical: 1,
    findings: { critical: 1, warning: 2, all: 3 },
    explained: 0.97,
    namespaces: { shop: 3, billing: 1 },
    owners: { a: 3, b: 1 },
  });
  const mayRead = (namespace: string) => namespace === 'billing';
  expect(countsOf(table, mayRead)).toMatchObject({ targets: 1, owners: { b: 1 }, critical: 0 });
  expect(names(table, { mayRead })).toEqual(['off']);
});

it('changes are rows where words changed, and figures where nothing else did', () => {
  const table = someTable();
  const before = table.rev;
  const place = (name: string) =>
    [...table.places()].find((each) => table.name(each).name === name) ?? -1;
  table.note(named('ok'), { ...well, explained: 50, updatedAt: clock.at + 1 });
  table.note(named('worse'), { ...well, ready: 'False', reason: 'ConnectionFailed' });
  const off = place('off');
  table.forget('uid-off');
  table.note(named('new'), well);
  const changes = changesSince(table, before, () => true);
  expect(changes).toMatchObject({ kind: 'rows', rev: table.rev, figures: [place('ok')] });
  if (changes.kind === 'rows')
    expect([changes.set.map(({ name }) => name).sort(), changes.gone]).toEqual([
      ['new', 'worse'],
      [off],
    ]);
  const shop = changesSince(table, before, (namespace) => namespace === 'billing');
  expect(shop).toMatchObject({ set: [], figures: [], gone: [off] });
  expect(changesSince(table, table.rev + 1, () => true).kind).toBe('reset');
  for (let i = 0; i <= mostRows; i += 1) table.note(named(`n${i}`), well);
  expect(changesSince(table, before, () => true).kind).toBe('reset');
});

it('times that are kept in seconds are no change while nothing else is', () => {
  const table = createFleetTable(clock);
  const open = { ...well, since: clock.at + 123, nextTry: clock.at + 456 };
  table.note(named('a'), open);
  const before = table.rev;
  table.note(named('a'), { ...open, explained: 40, updatedAt: clock.at + 789 });
  table.tell('uid-a', { ...open, lastCycle: clock.at + 1 });
  expect(changesSince(table, before, () => true)).toMatchObject({ set: [], figures: [0] });
  table.note(named('a'), { ...open, nextTry: clock.at + 5_000 });
  expect(changesSince(table, before, () => true)).toMatchObject({ figures: [], set: [{}] });
});

it('search finds what people read: the words of a state, and why', () => {
  const table = someTable();
  table.note(named('far'), { ...well, ready: 'False', reason: 'AuthenticationFailed' });
  expect(names(table, { q: 'cannot connect' })).toEqual(['far']);
  expect(names(table, { q: 'Credentials are' })).toEqual(['far']);
  expect(names(table, { q: 'time limit' })).toEqual(['open']);
});

it('a text that no target has any more makes room for another', () => {
  const table = createFleetTable(clock);
  for (let i = 0; i < 5_000; i += 1) {
    table.note(named('a'), { ...well, missing: `lacks ${i}` });
    table.note(named(`once-${i}`), { ...well, missing: `lacked ${i}` });
    table.forget(`uid-once-${i}`);
  }
  expect(table.glance('uid-a')).toMatchObject({ missing: 'lacks 4999' });
  const texts = createTexts(1);
  const [a, b] = [texts.instead(0, 'x'), texts.instead(0, 'x')];
  expect([a, b, texts.instead(0, 'y')]).toEqual([1, 1, 0]);
  texts.instead(a, undefined);
  expect([texts.textOf(b), texts.instead(0, 'y')]).toEqual(['x', 0]);
  expect(texts.textOf(texts.instead(b, 'y'))).toBe('y');
});

it('what is gone is remembered only for so long', () => {
  const table = createFleetTable(clock);
  for (let i = 0; i < 3_000; i += 1) {
    table.note(named(`${i}`), well);
    table.forget(`uid-${i}`);
  }
  expect(changesSince(table, 1, () => true).kind).toBe('reset');
  expect(changesSince(table, table.rev - 100, () => true).kind).toBe('rows');
});

it('a stop covers at once, and what nobody speaks of is silent', () => {
  const table = someTable();
  table.cover(({ name }) => name === 'ok');
  expect(names(table, { states: ['stopped'] })).toEqual(['ok']);
  table.cover(() => false);
  expect(names(table, { states: ['stopped'] })).toEqual([]);
  clock.at += silentAfter_ms + 1;
  table.note(named('ok'), { ...well, updatedAt: clock.at });
  table.look();
  expect(names(table, { states: ['silent'] })).toEqual(['worse', 'open']);
  expect(table.silentFor(silentAfter_ms)).toBe(3);
});

it('what is told here is fresher than what comes back; a new owner’s word counts', () => {
  const table = createFleetTable(clock);
  table.note(named('x'), { ...well, updatedAt: 1_000 });
  table.tell('uid-x', { ...well, suspend: true, explained: 10, updatedAt: 9_000 });
  expect(table.glance('uid-x')).toMatchObject({ explained: 10, suspend: false });
  table.note(named('x'), { ...well, engine: 'mysql', explained: 97, updatedAt: 5_000 });
  expect(table.glance('uid-x')).toMatchObject({ explained: 10, engine: 'mysql' });
  table.note(named('x'), { ...well, owner: 'b', explained: 97, updatedAt: 5_000 });
  expect(table.glance('uid-x')).toMatchObject({ explained: 97, owner: 'b' });
  table.tell('uid-unknown', well);
  expect(table.size).toBe(1);
});

it('a share of the fleet is of its database time, not of its targets', () => {
  const clock = { now: () => 0, monotonic: () => 0 };
  const table = createFleetTable(clock);
  const shareWith = (name: string, explained: number, hours?: string) => {
    const busy = hours === undefined ? {} : { busy: { hours, until: 0 } };
    table.note(named(name), { suspend: false, explained, ...busy });
    return countsOf(table, () => true).explained;
  };
  expect(shareWith('a', 100)).toBe(1);
  expect(shareWith('b', 0)).toBe(0.5);
  // Four steps double: `X` is 1,024 times as busy as `0`.
  expect(shareWith('a', 100, '0')).toBe(0.5);
  expect(shareWith('b', 0, 'X')).toBe(0.001);
  expect(shareWith('a', 100, ' X ')).toBe(0.5);
  // Of which it is not known: as the usual one.
  expect(shareWith('c', 0)).toBe(0.3333);
});
