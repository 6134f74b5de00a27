import { expect, it } from 'vitest';
import { speakerOf, tokenHolder } from './caller.ts';
import { createCallers } from './callers.ts';
import type { Question, Reviews } from './reviews.ts';

const maria = { kind: 'user', user: 'maria', groups: ['dba'] } as const;

/** RBAC as a table: what somebody may, `verb resource namespace`. */
function cluster(allowed: readonly string[], namespaces = ['shop', 'billing', 'hr']) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const allows = async (_: object, question: Question) => {
    const { verb, resource, subresource, namespace, name } = question;
    const text = [verb, subresource ? `${resource}/${subresource}` : resource, namespace, name]
      .filter((each) => each !== undefined)
      .join(' ');
    asked.push(text);
    return allowed.includes(text);
  };
  const reviews: Reviews = { whose: async () => undefined, allows };
  const callerOf = createCallers({
    reviews,
    namespaces: () => namespaces,
    monotonic: () => clock.now,
  });
  return { asked, clock, callerOf };
}

it('one question is enough where somebody may read everywhere', async () => {
  const { asked, callerOf } = cluster(['get databasetargets ']);
  const caller = await callerOf(maria);
  expect([caller.readable, caller.mayRead('shop'), asked]).toEqual([
    'all',
    true,
    ['get databasetargets '],
  ]);
  await callerOf(maria);
  expect(asked).toHaveLength(1);
});
it('otherwise each namespace with targets is asked about, once for half a minute', async () => {
  const { asked, clock, callerOf } = cluster(
    ['get databasetargets shop', 'patch databasetargets shop'],
    ['shop', 'shop', 'billing'],
  );
  const caller = await callerOf(maria);
  expect(caller.readable).toEqual(['shop']);
  expect([caller.mayRead('shop'), caller.mayRead('billing'), caller.mayRead('other')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(asked).toHaveLength(3);
  expect(await caller.may('judge', 'shop')).toBe(true);
  expect(await caller.may('judge', 'billing')).toBe(false);
  expect(await caller.may('judge')).toBe(true);
  expect(await caller.may('check')).toBe(false);
  expect(asked.filter((each) => each.startsWith('patch'))).toHaveLength(3);
  expect(asked.filter((each) => each.startsWith('create databasetargets/check'))).toHaveLength(3);
  clock.now = 14_999;
  await callerOf(maria);
  await callerOf({ ...maria, groups: [] });
  expect(asked).toHaveLength(12);
  clock.now = 45_000;
  await callerOf(maria);
  expect(asked).toHaveLength(15);
});
it('a Secret is the cluster’s: of each it is asked by name, and never of the API’s token', async () => {
  const { asked, callerOf } = cluster(['get databasetargets ', 'get secrets shop orders']);
  const caller = await callerOf(maria);
  expect([
    await caller.mayReadSecret('shop', 'orders'),
    await caller.mayReadSecret('shop', 'other'),
    await tokenHolder.mayReadSecret('shop', 'orders'),
  ]).toEqual([true, false, false]);
  expect(asked.slice(1)).toEqual(['get secrets shop orders', 'get secrets shop other']);
});
it('stops are the cluster’s: no namespace is asked about', async () => {
  const { asked, callerOf } = cluster(['get databasetargets ', 'create emergencystops']);
  const caller = await callerOf(maria);
  expect([await caller.may('stop'), await caller.may('resume')]).toEqual([true, false]);
  expect(asked.slice(1)).toEqual(['create emergencystops', 'delete emergencystops']);
});
it('who is asked is away: nobody is let in, and it is asked again', async () => {
  let away = true;
  const callerOf = createCallers({
    reviews: {
      whose: async () => undefined,
      allows: () => (away ? Promise.reject(new Error('away')) : Promise.resolve(true)),
    },
    namespaces: () => ['shop'],
    monotonic: () => 0,
  });
  await expect(callerOf(maria)).rejects.toThrow('away');
  away = false;
  expect((await callerOf(maria)).readable).toBe('all');
});
it('whom a proxy lets in reads and changes nothing where no cluster says what they may', async () => {
  const callerOf = createCallers({ reviews: undefined, namespaces: () => [], monotonic: () => 0 });
  const caller = await callerOf(maria);
  expect([caller.mayRead('shop'), await caller.may('stop'), await caller.may('judge')]).toEqual([
    true,
    false,
    false,
  ]);
});
it('only the token’s holder speaks for others', async () => {
  const { callerOf } = cluster(['get databasetargets ']);
  expect(speakerOf(await callerOf(maria), 'the boss')).toBe('maria');
  expect([speakerOf(tokenHolder, 'maria'), speakerOf(tokenHolder)]).toEqual(['maria', 'api']);
});
