import { describe, expect, it } from 'vitest';
import { claimOf, renewalOf, stringsOf, surveyOf, versionOf } from './lease-answers.ts';

describe('what the lease scripts answer', () => {
  it('a renewal: the version, and shards in their order', () => {
    expect(renewalOf(['renewed', '7', '12', '3'])).toEqual({ version: 7, mine: [3, 12] });
    expect(renewalOf(['lost'])).toBe('lost');
    expect(() => renewalOf(['refused'])).toThrow(/after a later one/);
  });
  it('a claim: the shards that were got', () => {
    expect(claimOf(['claimed', '9', '4', 'x'])).toEqual([9, 4]);
    expect(claimOf(['lost'])).toBe('lost');
    expect(() => claimOf(['refused'])).toThrow(/after a later one/);
  });
  it('a survey: sessions with their facts, owners by shard', () => {
    const facts = { scope: 'all', load: 1, name: 'pod', stops: {} };
    expect(surveyOf(['4', ['a', JSON.stringify(facts)], ['17', 'a', '3', 'gone']])).toEqual({
      version: 4,
      sessions: [{ id: 'a', facts }],
      owners: new Map([
        [17, 'a'],
        [3, 'gone'],
      ]),
    });
  });
  it.each([
    ['a text for a list', () => stringsOf('OK')],
    ['no number', () => versionOf('many')],
    ['a survey in parts', () => surveyOf([4, []])],
  ])('%s makes no sense', (_, read) => expect(read).toThrow());
});
