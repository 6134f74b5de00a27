import { contentHash, formerHash, type HashedChange } from '../advice/identity.ts';
import { sqlOf } from '../dialects/habits.ts';
import type { IndexChange } from '../engines/index-work.ts';
import type { EngineName } from '../model/engine-name.ts';
import { effectOn, type StatementEffect } from '../model/proposal.ts';

/** What can be approved at all: it is what its hash says. Pure. */
export interface Advised extends HashedChange {
  contentHash: string;
}

/** Undefined: it is no change of an index, or its content is not that of its hash. */
export function indexChangeOf(advised: Advised): IndexChange | undefined {
  const { change } = advised;
  if (change.kind !== 'create-index' && change.kind !== 'drop-index') return undefined;
  const hashes = [contentHash(advised), formerHash(advised)];
  return hashes.includes(advised.contentHash) ? change : undefined;
}

/** Those that gain, or that it is for by a rule: what a change does is shown by them. */
export const fingerprintsOf = (
  statements: readonly Pick<StatementEffect, 'fingerprint' | 'costBefore' | 'costAfter'>[],
): string[] =>
  statements
    .filter((each) => effectOn(each) === 'gains' || effectOn(each) === 'unplanned')
    .map(({ fingerprint }) => fingerprint);

/** Whether a drop takes the index out of use before it drops it. */
export const hidesFirst = (engine: EngineName): boolean => sqlOf(engine).indexes?.hides ?? false;
