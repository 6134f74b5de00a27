import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { type Claim, mayStart, mostChanges, mostOthers } from './turns.ts';

const claim: fc.Arbitrary<Claim> = fc.record({
  uid: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'),
  server: fc.option(fc.constantFrom(...'123456789'), { nil: undefined }),
  table: fc.constantFrom('a', 'b'),
  onlyDrops: fc.boolean(),
  changes: fc.boolean(),
});

it('whatever comes and goes: one on a server, none twice, and no more than may be', () => {
  const events = fc.array(fc.oneof(claim, fc.nat(12)), { maxLength: 80 });
  fc.assert(
    fc.property(events, (all) => {
      const running: Claim[] = [];
      for (const each of all) {
        if (typeof each === 'number') running.splice(each, 1);
        else if (mayStart(each, running)) running.push(each);
        for (const one of '123456789') {
          const there = running.filter(({ server }) => server === one);
          expect(there.filter((each) => !each.onlyDrops).length).toBeLessThanOrEqual(1);
          expect(there.length).toBeLessThanOrEqual(2);
          expect(new Set(there.map(({ table }) => table)).size).toBe(there.length);
        }
        expect(new Set(running.map(({ uid }) => uid)).size).toBe(running.length);
        const changes = running.filter((one) => one.changes).length;
        expect(changes).toBeLessThanOrEqual(mostChanges);
        expect(running.length - changes).toBeLessThanOrEqual(mostOthers);
      }
    }),
  );
});

it('what watches does not wait for what builds', () => {
  const of = (uid: string, server: string, changes: boolean): Claim => ({
    uid,
    server,
    table: uid,
    onlyDrops: false,
    changes,
  });
  const running = [...'abcdefgh'].map((uid) => of(uid, uid, true));
  expect(mayStart(of('z', 'z', true), running)).toBe(false);
  expect(mayStart(of('z', 'z', false), running)).toBe(true);
  expect(mayStart(of('z', 'a', false), running)).toBe(false);
  expect(mayStart({ ...of('z', 'a', false), onlyDrops: true }, running)).toBe(true);
  expect(mayStart({ ...of('z', 'a', false), onlyDrops: true, table: 'a' }, running)).toBe(false);
});
