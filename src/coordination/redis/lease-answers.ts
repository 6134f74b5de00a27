import * as z from 'zod';
import type { Renewal, SessionFacts, Survey } from '../lease-store.ts';
import { accepted } from '../memory/memory-state.ts';

/** What the lease scripts answer, read. Pure; `ZodError` for what none of them says. */
const strings = z.array(z.coerce.string());
const version = z.coerce.number().int();
const said = z.looseObject({
  scope: z.string(),
  load: z.number(),
  name: z.string(),
  stops: z.record(z.string(), z.number()),
  silentMs: z.number().nonnegative().optional().catch(undefined),
});
const survey = z.tuple([version, z.array(z.string()), z.array(z.string())]);

export const stringsOf = (answer: unknown): string[] => strings.parse(answer);
export const versionOf = (answer: unknown): number => version.parse(answer);

/** `lost`, `refused`, or `renewed` with the version and the shards. */
export function renewalOf([answer, found, ...mine]: readonly string[]): Renewal | 'lost' {
  if (answer === 'lost') return 'lost';
  accepted(answer);
  return { version: Number(found), mine: numbers(mine).toSorted((a, b) => a - b) };
}

/** `lost`, `refused`, or `claimed` with the shards. */
export function claimOf([answer, ...mine]: readonly string[]): number[] | 'lost' {
  if (answer === 'lost') return 'lost';
  accepted(answer);
  return numbers(mine);
}

/** The version, and two hashes: facts by session, owners by shard. */
export function surveyOf(answer: unknown): Survey {
  const [found, facts, owners] = survey.parse(answer);
  return {
    version: found,
    sessions: pairs(facts).flatMap(([id, json]) => {
      const read = factsOf(json);
      return read ? [{ id, facts: read }] : [];
    }),
    owners: new Map(pairs(owners).map(([shard, id]) => [Number(shard), id])),
  };
}

/** Without what all must say, somebody else wrote it; the session's next renewal mends that. */
function factsOf(json: string): SessionFacts | undefined {
  try {
    return said.parse(JSON.parse(json)) as SessionFacts;
  } catch {
    return undefined;
  }
}

const numbers = (texts: readonly string[]) => texts.map(Number).filter(Number.isSafeInteger);

const pairs = (flat: readonly string[]): [string, string][] =>
  Array.from({ length: flat.length / 2 }, (_, i) => [
    flat[2 * i] as string,
    flat[2 * i + 1] as string,
  ]);
