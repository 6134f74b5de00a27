import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Claim, mayStart, mostChanges, mostOthers } from './turns.ts';

const claim: fc.Arbitrary<Claim> = fc.record({
  uid: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'),
  server: fc.option(fc.constantFrom(...'123456789'), { nil: undefined }),
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
        const servers = running.flatMap(({ server }) => server ?? []);
        expect(new Set(servers).size).toBe(servers.length);
        expect(new Set(running.map(({ uid }) => uid)).size).toBe(running.length);
        const changes = running.filter((one) => one.changes).length;
        expect(changes).toBeLessThanOrEqual(mostChanges);
        expect(running.length - changes).toBeLessThanOrEqual(mostOthers);
      }
    }),
  );
});

it('what watches does not wait for what builds', () => {
  const running = [...'abcdefgh'].map((uid) => ({ uid, server: uid, changes: true }));
  expect(mayStart({ uid: 'z', server: 'z', changes: true }, running)).toBe(false);
  expect(mayStart({ uid: 'z', server: 'z', changes: false }, running)).toBe(true);
  expect(mayStart({ uid: 'z', server: 'a', changes: false }, running)).toBe(false);
});
