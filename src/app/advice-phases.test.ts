import { describe, expect, it } from 'vitest';
import { makeProposal } from '../../test/support/advice.ts';
import type { RunningTarget } from '../controller/controller.ts';
import type { ProposalState, StoredProposal } from '../model/proposal.ts';
import type { Decision } from '../targets/kubernetes/decisions.ts';
import { createPhasesDuty, stateOf } from './advice-phases.ts';

const decision = (over: Partial<Decision> = {}): Decision => ({
  uid: 'r1',
  resourceVersion: '7',
  namespace: 'shop',
  target: 'uid',
  id: 'adv-a',
  contentHash: 'sha256:adv-a',
  phase: 'Observing',
  since: 200,
  reason: 'collecting_evidence',
  detail: undefined,
  approvedBy: 'maria',
  ...over,
});
const stored = (state: Partial<ProposalState> = {}): StoredProposal => ({
  ...makeProposal('adv-a', {}),
  state: { id: 'adv-a', phase: 'Proposed', since: 100, ...state },
});

describe('what the history is told', () => {
  it('phase, since when, by whom, and what came of it in words', () => {
    const said = stateOf(decision(), stored());
    expect(said).toEqual({
      id: 'adv-a',
      phase: 'Observing',
      since: 200,
      by: 'maria',
      outcome: 'its effect is being watched',
    });
    expect(stateOf(decision(), stored(said))).toBeUndefined();
  });

  it('nothing of another target, of another content, or of what is not known', () => {
    expect(stateOf(decision({ target: 'other' }), stored())).toBeUndefined();
    expect(stateOf(decision({ contentHash: 'sha256:b' }), stored())).toBeUndefined();
    expect(stateOf(decision(), undefined)).toBeUndefined();
  });

  it('what lapsed before it was advised anew does not come back', () => {
    const lapsed = decision({ phase: 'Withdrawn', since: 50, reason: 'content_changed' });
    expect(stateOf(lapsed, stored())).toBeUndefined();
    expect(stateOf({ ...lapsed, since: 150 }, stored())).toMatchObject({ phase: 'Withdrawn' });
  });
});

describe('the duty of the owner', () => {
  const running = (mode: string, epoch: number | undefined = 1) =>
    [
      {
        target: { uid: 'uid', namespace: 'shop', spec: { advice: { mode } } },
        collector: { epoch },
      },
    ] as unknown as RunningTarget[];
  function duty(all: RunningTarget[], decisions: Decision[]) {
    const moved: ProposalState[] = [];
    let opened = 0;
    const phases = createPhasesDuty({
      running: () => all,
      open() {
        opened += 1;
        return { list: () => decisions, stop: async () => undefined };
      },
      history: {
        proposal: async (id) => ({
          ...stored(),
          id,
          contentHash: `sha256:${id}`,
          state: moved.findLast((each) => each.id === id) ?? stored().state,
        }),
        async moveProposal(state) {
          moved.push(state);
          return true;
        },
      },
    });
    return { phases, moved, opened: () => opened };
  }

  it('follows nothing where no target that runs here is advised', async () => {
    for (const all of [[], running('disabled'), running('propose', Number.NaN).slice(1)]) {
      const { phases, opened } = duty(all, [decision()]);
      await phases.look();
      expect(opened()).toBe(0);
    }
  });

  it('copies each version once, of its own targets only', async () => {
    const decisions = [
      decision(),
      decision({ uid: 'r2', namespace: 'elsewhere' }),
      decision({ uid: 'r3', target: 'other' }),
    ];
    const { phases, moved, opened } = duty(running('propose'), decisions);
    await phases.look();
    await phases.look();
    expect(moved.map(({ phase }) => phase)).toEqual(['Observing']);
    decisions[0] = decision({ resourceVersion: '8', phase: 'Kept', reason: 'improved' });
    await phases.look();
    expect(moved.at(-1)).toMatchObject({ phase: 'Kept', by: 'maria' });
    expect(opened()).toBe(1);
  });

  it('takes many in turns', async () => {
    const many = Array.from({ length: 120 }, (_, i) =>
      decision({ uid: `r${i}`, id: `adv-${i}`, contentHash: `sha256:adv-${i}` }),
    );
    const { phases, moved } = duty(running('apply'), many);
    const counts: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      await phases.look();
      counts.push(moved.length);
    }
    expect(counts).toEqual([50, 100, 120, 120]);
  });
});
