import { expect, it } from 'vitest';
import { createObjectCache } from './object-cache.ts';

function start() {
  const told: string[] = [];
  const cache = createObjectCache<{ uid: string; resourceVersion: string }>({
    upsert: ({ uid, resourceVersion }, why) => told.push(`${why} ${uid}@${resourceVersion}`),
    gone: ({ uid }) => told.push(`gone ${uid}`),
  });
  const put = (uid: string, resourceVersion: string) =>
    cache.upsert({ uid, resourceVersion }, 'event');
  return { told, cache, put };
}

it('versions are numbers: 10 is newer than 9', () => {
  const { told, put } = start();
  put('a', '9');
  put('a', '10');
  put('a', '9');
  put('a', '10');
  expect(told).toEqual(['event a@9', 'event a@10']);
});

it('an answer from before brings nothing back', () => {
  const { told, cache, put } = start();
  put('a', '5');
  cache.remove('a', '7');
  put('a', '6');
  expect(told).toEqual(['event a@5', 'gone a']);
  put('a', '8');
  expect(told.at(-1)).toBe('event a@8');
});

it('a whole list takes away what it does not have, unless that is younger', () => {
  const { told, cache, put } = start();
  put('old', '5');
  put('kept', '6');
  put('young', '12');
  cache.removeOthers(new Set(['kept']), '10');
  expect(told.slice(3)).toEqual(['gone old']);
  expect([...cache.items.keys()]).toEqual(['kept', 'young']);
});

it('a list without a version takes nothing away', () => {
  const { told, cache, put } = start();
  put('a', '5');
  cache.removeOthers(new Set(), '');
  expect(told).toEqual(['event a@5']);
});

it('after a store was put back from a copy, what it has is so again', () => {
  const { told, cache, put } = start();
  cache.remove('a', '100');
  cache.forgetGone();
  put('a', '50');
  expect(told).toEqual(['event a@50']);
});
