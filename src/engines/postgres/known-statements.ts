import { parseSize } from '../../base/quantity.ts';
import { refused } from '../../model/refusal.ts';
import type { StatementRef } from '../engine.ts';
import { enter } from './closed-database.ts';
import { readExtension } from './identity.ts';
import { type PostgresSession, scopeOf, viaFunction } from './opened.ts';
import { parseStatement } from './parse.ts';
import { placeKey, readSamples, textKey } from './samples.ts';
import { type KnownStatement, type StatementCache, unread } from './statement-cache.ts';
import { type FoundTexts, readTexts, type TextPlace, type TextReading } from './texts.ts';
import { readCatalog } from './transaction.ts';
import { isReadable } from './workload.ts';

/**
 * What is known of statements: from memory, from the text that the statistics hold, or from a run
 * of the statement that is seen at this moment.
 */
export type Samples = ReadonlyMap<string, string>;

export const textLimitOf = ({ target }: Pick<PostgresSession, 'target'>): number =>
  parseSize(target.spec.safety.limits.queryText);

export async function knownStatements(
  session: PostgresSession,
  statements: readonly StatementRef[],
  samples: Samples,
): Promise<Map<string, KnownStatement>> {
  const cache = session.known.kept.statements;
  const scope = scopeOf(session);
  const known = new Map<string, KnownStatement>();
  for (const { key } of statements) {
    const found = cache.get(scope, key);
    if (found) known.set(key, found);
  }
  const unknown = statements.filter(({ key }) => !known.has(key));
  if (unknown.length === 0) return known;
  const found = await readTexts(
    unknown.map(({ key }) => textKey(key)),
    textReading(session),
  );
  const reading = { cache, scope, textLimit: textLimitOf(session) };
  for (const { key, nativeId } of unknown)
    known.set(key, knownFrom(found, { key, nativeId }, sampleOf(session, samples, key), reading));
  return known;
}

function textReading(session: PostgresSession): TextReading {
  const { control, known, target, timeout_ms, clock } = session;
  const { identity, extension, notes } = known;
  return {
    home: { connection: control, encoding: identity.encoding, extension },
    maySeeSize: identity.seesSize,
    notes,
    timeout_ms,
    textLimit: textLimitOf(session),
    fileLimit: parseSize(target.spec.safety.limits.texts),
    clock,
    elsewhere: (database) => textPlace(session, database),
  };
}

/**
 * Texts can be read where the extension is, in whatever database: it counts for all of them.
 */
async function textPlace(
  session: PostgresSession,
  database: string,
): Promise<TextPlace | undefined> {
  const { worker } = await enter(session, database);
  if (!worker) return undefined;
  const extension = await readExtension(worker, session.timeout_ms);
  const [row] = await readCatalog(
    worker,
    "SELECT pg_catalog.current_setting('server_encoding') AS encoding",
    [],
    session.timeout_ms,
  );
  return isReadable(extension)
    ? { connection: worker, extension, encoding: row?.['encoding'] ?? '' }
    : undefined;
}

/** The text of the statistics, or of a run of the statement, or the reason why there is none. */
function knownFrom(
  { texts, otherwise }: FoundTexts,
  { key, nativeId }: Pick<StatementRef, 'key' | 'nativeId'>,
  running: string | undefined,
  { cache, scope, textLimit }: { cache: StatementCache; scope: string; textLimit: number },
): KnownStatement {
  const found = texts.get(textKey(key));
  if (found && found.bytes > textLimit) {
    const detail = `text of ${found.bytes} bytes, limit ${textLimit}`;
    return unread(nativeId, refused('too_large', detail), found.text?.slice(0, 1_024));
  }
  if (found?.text !== undefined) return cache.learn(scope, key, nativeId, found.text, textLimit);
  if (running !== undefined) return cache.readOnce(nativeId, running, textLimit);
  if (found)
    return unread(
      nativeId,
      refused('text_unreadable', 'its bytes are not of its database’s encoding'),
    );
  return otherwise
    ? unread(nativeId, otherwise)
    : cache.learn(scope, key, nativeId, undefined, textLimit);
}

/**
 * Running texts of the same statement, with values. Only where what we send is not counted: the
 * server's statistics would keep the values, whatever its version, as the text of a DO block.
 */
export async function findSamples(
  session: PostgresSession,
  statements: readonly StatementRef[],
): Promise<Samples> {
  const { control, known, timeout_ms } = session;
  if (known.identity.track !== 'none') return new Map();
  const ids = statements.map(({ nativeId }) => nativeId);
  return readSamples(control, ids, viaFunction(session) ? 'own user' : 'any user', timeout_ms);
}

/**
 * A function plans nothing for its role that another one wrote: values may be code
 * (`query_to_xml('…')`).
 */
export const sampleOf = (
  session: Pick<PostgresSession, 'target'>,
  samples: Samples,
  key: string,
): string | undefined => samples.get(viaFunction(session) ? textKey(key) : placeKey(key));

/** One that is the very statement, with no value left open. */
export function usableSample(
  sample: string | undefined,
  known: KnownStatement,
  limit: number,
): string | undefined {
  if (!sample) return undefined;
  const parsed = parseStatement(sample, limit);
  if (parsed.kind === 'refused' || parsed.params.length > 0) return undefined;
  return parsed.fingerprint === known.fingerprint.value ? sample : undefined;
}
