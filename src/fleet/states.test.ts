import { expect, it } from 'vitest';
import { adviceCodes } from '../base/advice-codes.ts';
import { codes } from '../base/codes.ts';
import { hasWords, type StateFacts, stateOf, stateWords } from './states.ts';

const state = (facts: Partial<StateFacts>) =>
  stateOf({ suspend: false, stopped: false, silent: false, ...facts });
const ready = (reason: string, status = 'False') => ({ status, reason });

it('every code that can end a cycle has words', () => {
  const others = ['not_found', 'verdict_refused', 'invalid_config', 'server_in_recovery'];
  /** Of what advises and applies, which ends no cycle. */
  const isOfAdvice = (code: string) => Object.hasOwn(adviceCodes, code);
  const missing = Object.entries(codes)
    .filter(
      ([code, { scope }]) => scope !== 'statement' && !others.includes(code) && !isOfAdvice(code),
    )
    .filter(([code]) => !hasWords(code));
  expect(missing).toEqual([]);
});

it.each<[string, Partial<StateFacts>, string, RegExp | undefined]>([
  ['nothing said yet', {}, 'starting', /no cycle/],
  ['all is well', { ready: ready('Collecting', 'True') }, 'collecting', undefined],
  ['waits its turn', { ready: ready('LockedByPeer', 'True') }, 'collecting', undefined],
  ['a stop counts more than what was', { stopped: true, silent: true }, 'stopped', /stop/],
  ['so does a suspension', { suspend: true, ready: ready('X', 'True') }, 'paused', /suspend/],
  ['nobody speaks of it', { silent: true, ready: ready('Collecting', 'True') }, 'silent', /15/],
  ['one failure is tried again', { ready: ready('ConnectionFailed') }, 'waiting', /reached/],
  [
    'several are the server’s',
    { ready: ready('CircuitOpen'), circuit: 'open', cause: 'connection_failed' },
    'cannot-connect',
    /reached/,
  ],
  [
    'a timeout that opened the circuit',
    { ready: ready('CircuitOpen'), circuit: 'open', cause: 'statement_timeout' },
    'circuit-open',
    /time limit/,
  ],
  [
    'what must be mended keeps its name while the circuit is open',
    { ready: ready('AuthenticationFailed'), circuit: 'open', cause: 'authentication_failed' },
    'cannot-connect',
    /refused/,
  ],
  [
    'the prerequisite is named',
    { ready: ready('PrerequisiteMissing'), missing: 'extension: not loaded' },
    'prerequisite',
    /extension: not loaded/,
  ],
  ['a reason of a newer version', { ready: ready('SomethingNew') }, 'failing', /something_new/],
  ['it was stopped, and is resumed', { ready: ready('EmergencyStop') }, 'starting', /next cycle/],
  ['the last replica went', { ready: ready('CollectorEnded', 'Unknown') }, 'silent', /ended/],
])('%s', (_, facts, wanted, why) => {
  const told = state(facts);
  expect(told.state).toBe(wanted);
  if (why) expect(told.why).toMatch(why);
  else expect(told.why).toBeUndefined();
  expect(stateWords[told.state].kind === 'well').toBe(told.why === undefined);
});
