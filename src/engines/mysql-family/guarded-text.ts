import { type LexerFlags, tokenizeMysql } from '../../dialects/mysql-family/lexer.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import { type GuardedStatement, guard, isExecutable, unplannedBy } from './guard.ts';
import { plannedMode, readSessionMode } from './session-mode.ts';
import type { KnownText, Server } from './variant.ts';

/** A text that passed the guard, and the sql_mode under which it means what it meant. */
export interface Guarded {
  kind: 'guarded';
  statement: GuardedStatement;
  sqlMode: string;
  flags: LexerFlags;
}

/** Everything else has no plan: `SET`, `COMMIT`, `CALL`, … */
const explainable = /^[\s(]*(?:SELECT|WITH|INSERT|REPLACE|UPDATE|DELETE)\b/i;

const isCall = /^\s*CALL\b/i;
const inCall = 'the server counts what the procedure runs as part of its CALL, and not by itself';

/** Neither text nor digest tells what the statements do that the server counts as this one. */
export interface Shared {
  kind: 'shared';
  refusal: Refusal;
}

const sharedDigest =
  'the server’s digest is cut (max_digest_length): it counts all statements that begin alike';

/** What the server knows of a statement's text → what may be sent of it. `bytes`: at the most. */
export function guardText(
  known: KnownText | undefined,
  server: Pick<Server, 'sampleLength' | 'sqlMode' | 'lowersNames'>,
  bytes: number,
): Guarded | Shared | Refusal {
  if (!known) return refused('no_sample', 'the server has no text for it');
  if (known.digestText === '') return refused('digest_table_full');
  if (!explainable.test(known.digestText))
    return refused(
      'not_explainable_statement',
      isCall.test(known.digestText) ? inCall : unplannedBy(known.digestText),
    );
  if (known.sample === undefined) return refused('no_sample', known.missing);
  const length = Buffer.byteLength(known.sample);
  if (length > bytes) return refused('too_large', `text of ${length} bytes, limit ${bytes}`);
  const mode = readSessionMode(known.sample, known.digestText, server.sqlMode);
  if (mode.kind === 'cut')
    // What stands in such a comment is in the digest, and read here as no word of the text.
    return tokenizeMysql(known.sample).some(isExecutable)
      ? refused('not_explainable_statement', 'an executable comment')
      : refused('truncated_text', 'the server’s digest names more than its text');
  if (mode.kind === 'shared')
    return { kind: 'shared', refusal: refused('truncated_text', sharedDigest) };
  if (mode.kind === 'unclear')
    return refused('truncated_text', 'the digest is cut: what its quotes mean is not known');
  const { sampleLength, lowersNames } = server;
  const limits = { bytes, sampleLength, lowersNames };
  const statement = guard(known.sample, limits, mode.flags);
  if (statement.kind === 'refused') return statement;
  const sqlMode = plannedMode(server.sqlMode, mode.flags);
  return { kind: 'guarded', statement, sqlMode, flags: mode.flags };
}
