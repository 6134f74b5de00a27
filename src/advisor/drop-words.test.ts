import { expect, it } from 'vitest';
import type { DropReason } from '../model/proposal.ts';
import { dropGrounds, dropReason } from './drop-words.ts';

const day = 86_400_000;
const at = Date.UTC(2026, 0, 1);
const unused = (unknownServers: boolean): DropReason => ({
  kind: 'unused',
  since: at,
  servers: ['orders', 'reports'],
  unknownServers,
});
const grounds = (days: number, unknownServers = false) =>
  dropGrounds(unused(unknownServers), { unique: false, onlyFound: false, now: at + days * day });

it('says since when and where a counter stood still', () => {
  expect(grounds(40).because[0]).toBe(
    'on orders, reports its counter of scans stood still since 2026-01-01, and no counter began ' +
      'anew in between',
  );
  expect(dropReason(unused(false), at + 40.9 * day)).toBe(
    'not used for 40 days on any of orders, reports',
  );
});
it('is as sure as somebody looked long, on all servers', () => {
  expect(grounds(40)).toMatchObject({ confidence: 'medium' });
  expect(grounds(40).because.join()).toContain('less often than once in 40 days');
  expect(grounds(366)).toMatchObject({ confidence: 'high' });
  expect(grounds(366).because.join()).not.toContain('less often');
  expect(grounds(400, true)).toMatchObject({ confidence: 'low' });
  expect(grounds(400, true).because.join()).toContain('may be used elsewhere');
});
it('is not sure of a counter that leaves out who found nothing', () => {
  const of = dropGrounds(unused(false), { unique: false, onlyFound: true, now: at + 400 * day });
  expect(of.confidence).toBe('low');
  expect(of.because.join()).toContain('counts no look that found nothing');
});
it('warns of a way back that may fail', () => {
  const of = (unique: boolean) =>
    dropGrounds({ kind: 'invalid' }, { unique, onlyFound: false, now: at }).because;
  expect(of(true)).toHaveLength(of(false).length + 1);
});
it('says that a hint may stand where nobody sees it, in which a statement fails without it', () => {
  const of = (hints: boolean) =>
    dropGrounds(
      { kind: 'redundant', covered: 'b' },
      { unique: false, onlyFound: false, hints, now: at },
    );
  expect(of(true).because.at(-1)).toContain('max_digest_length');
  expect(of(false).because.join()).not.toContain('hint');
});
