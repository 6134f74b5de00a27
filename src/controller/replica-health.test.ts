import { expect, it } from 'vitest';
import { type ReplicaFacts, whyNotReady, whyStuck } from './replica-health.ts';

const well: ReplicaFacts = {
  storeProblem: undefined,
  stopsRead: true,
  unidentified: undefined,
  watchAge_ms: 1_000,
  watchTrouble: undefined,
  unheard: [],
  watchLimit_ms: 120_000,
  lease: { state: 'valid', problem: undefined },
};

it.each<[Partial<ReplicaFacts>, RegExp | undefined]>([
  [{}, undefined],
  [{ storeProblem: 'not listed yet', stopsRead: false }, /^not listed yet$/],
  [{ stopsRead: false }, /EmergencyStops have not been read/],
  [{ unidentified: 'no answer' }, /^no answer$/],
  [{ watchAge_ms: 120_000 }, /told nothing for 120 s: no new cycle starts until it does/],
  [{ watchAge_ms: 120_000, watchTrouble: 'it refuses' }, /until it does \(it refuses\)$/],
  [{ watchTrouble: 'it was reset' }, undefined],
  [{ watchAge_ms: 120_000, unheard: ['a', 'b'] }, /targets in a, b has .* no new cycle there/],
  [{ lease: { state: 'degraded', problem: 'away' } }, undefined],
  [{ lease: { state: 'expired', problem: 'away' } }, /collection has stopped: away$/],
  [{ lease: { state: 'none', problem: undefined } }, /^no session in the shared state yet$/],
  [{ lease: { state: 'unconfirmed', problem: 'refused' } }, /^refused$/],
])('%j', (facts, why) => {
  const said = whyNotReady({ ...well, ...facts });
  if (why) expect(said).toMatch(why);
  else expect(said).toBeUndefined();
});

it('is stuck when its own queue or its own watch does not move', () => {
  expect(whyStuck({ queueStuck_ms: 600_000, attemptAge_ms: 1_200_000 })).toBeUndefined();
  expect(whyStuck({ queueStuck_ms: 600_001, attemptAge_ms: 0 })).toMatch(/queue/);
  expect(whyStuck({ queueStuck_ms: 0, attemptAge_ms: 1_200_001 })).toMatch(/watch/);
});
