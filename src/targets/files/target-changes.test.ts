import { expect, it } from 'vitest';
import { makeTarget } from '../../../test/support/target.ts';
import { targetChanges } from './target-changes.ts';

const target = (uid: string, generation = 1, labels?: Record<string, string>) => ({
  ...makeTarget({ port: 1, uid }),
  generation,
  ...(labels ? { labels } : {}),
});
const byUid = (...targets: ReturnType<typeof target>[]) =>
  new Map(targets.map((each) => [each.uid, each]));
const changes = (before: Parameters<typeof byUid>, now: Parameters<typeof byUid>) => {
  const { changed, gone } = targetChanges(byUid(...before), byUid(...now));
  return [changed.map(({ uid }) => uid), gone.map(({ uid }) => uid)];
};

it('what is new, edited or labelled anew has changed; what is not there any more is gone', () => {
  expect(
    changes(
      [target('same'), target('edited'), target('labelled'), target('gone')],
      [target('same'), target('edited', 2), target('labelled', 1, { a: 'b' }), target('new')],
    ),
  ).toEqual([['edited', 'labelled', 'new'], ['gone']]);
});

it('so has what is annotated otherwise', () => {
  const annotated = { ...target('a'), findingsAnnotation: 'spill@f1: accepted' };
  expect(changes([target('a')], [annotated])).toEqual([['a'], []]);
  expect(changes([annotated], [{ ...annotated }])).toEqual([[], []]);
});

it('nothing has changed where all is the same, labels included', () => {
  const labels = { a: 'b' };
  expect(changes([target('a', 1, labels)], [target('a', 1, { ...labels })])).toEqual([[], []]);
});
