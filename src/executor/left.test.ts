import { expect, it } from 'vitest';
import { proposed } from '../advice/machine-state.ts';
import type { ProposalPhase } from '../model/proposal.ts';
import { undoOf } from './left.ts';

const create = { apply: ['CREATE'], rollback: ['DROP'] };
const drop = { apply: ['DROP'], rollback: ['CREATE'] };
const hides = { apply: ['HIDE', 'DROP'], rollback: ['CREATE'], show: 'SHOW' };
const left = (phase: ProposalPhase, kind: 'create-index' | 'drop-index', ddl: typeof create) =>
  undoOf({ state: { ...proposed(0), phase }, subject: { kind } as never }, ddl);

it('says what undoes what may be there', () => {
  expect(left('Applying', 'create-index', create)).toEqual(['DROP']);
  expect(left('Observing', 'create-index', create)).toEqual(['DROP']);
  expect(left('RollingBack', 'drop-index', drop)).toEqual(['CREATE']);
  expect(left('Hidden', 'drop-index', hides)).toEqual(['SHOW']);
  expect(left('Applying', 'drop-index', hides)).toEqual(['SHOW', 'CREATE']);
  expect(left('Observing', 'drop-index', hides)).toEqual(['CREATE']);
});

it('of what was never begun nothing is left', () => {
  expect(left('Deferred', 'create-index', create)).toEqual([]);
  expect(left('Kept', 'create-index', create)).toEqual([]);
});
