import type { Fingerprint, Lossiness } from '../../model/plan.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import type { Prepared, StatementRef } from '../engine.ts';
import { directText } from './direct.ts';
import { namedIn } from './named.ts';
import { ownRoleText } from './own-role.ts';
import { stillSought } from './readings.ts';
import type { KnownStatement } from './statement-cache.ts';
import type { PreflightVerdict, Sound } from './verdict.ts';
import type { Named, Way, Ways } from './ways.ts';

/**
 * What was found out about a statement → whether it may be explained, and the ways in which it may
 * be sent. Pure.
 */
export interface PreparedPolicy {
  viaFunction: boolean;
  keepsText: boolean;
  serverMajor: number;
}

export interface FoundOut {
  known: KnownStatement;
  /** Its text with real values; read only where it is wanted. */
  sample: () => string | undefined;
  /** Why its role has no function to call. */
  uncallable: Refusal | undefined;
  /** Absent where its text did not come so far. */
  verdict: PreflightVerdict | undefined;
  /** That it may not be sent where its names mean this. */
  bar: (meaning: string) => void;
}

/** What `explain` needs of a statement again. */
export interface Token extends Ways {
  known: KnownStatement;
}

export function preparedOf(
  statement: StatementRef,
  found: FoundOut,
  policy: PreparedPolicy,
): Prepared {
  const { known, uncallable, verdict } = found;
  const basics = {
    ...statement,
    fingerprint: { ...known.fingerprint, nativeId: statement.nativeId },
    ...(policy.keepsText && known.redacted !== undefined ? { text: known.redacted } : {}),
  };
  const { parsed } = known;
  if (!parsed || !known.template)
    return { ...basics, kind: 'refused', refusal: known.refusal ?? refused('unparsable') };
  const { shape } = parsed;
  const judged = uncallable ?? verdict ?? refused('internal');
  if (judged.kind === 'refused') return { ...basics, shape, kind: 'refused', refusal: judged };
  const sample = found.sample();
  const wayOf = (meant: Sound) => wayFor(meant, { known, basics, sample }, policy);
  const { fallback, more, pass } = judged;
  const only = judged.meaning === fallback && judged.others.length === 0 && !more;
  // which tables it reads is not known while several may be meant
  const seeks = !judged.found && !only;
  const { facts, schemas } = seeks ? { facts: [], schemas: [] } : judged;
  let { barred, ofOwn } = judged;
  const ways = [judged, ...judged.others].flatMap((meant): Way[] => {
    const way = wayOf(meant);
    if (way.kind === 'way') return [way];
    barred ??= way;
    if (meant.meaning === fallback) ofOwn = way;
    if (judged.several) found.bar(meant.meaning);
    return [];
  });
  const [first] = ways;
  if (!first) {
    const refusal = ofOwn ?? (more ? stillSought : (barred ?? refused('internal')));
    return { ...basics, shape, facts, schemas, kind: 'refused', refusal };
  }
  const why = { ...(barred ? { barred } : {}), ...(ofOwn ? { ofOwn } : {}) };
  const meant = { ways, more, pass, ...why };
  const token: Token = { known, ...meant, ...(fallback === undefined ? {} : { fallback }) };
  const named = judged.found ? first.named : undefined;
  const called = named ? { ...named, ofText: known.fingerprint.value } : {};
  const looked = seeks ? { seeks } : {};
  return { ...basics, ...called, kind: 'ready', shape, facts, schemas, ...looked, token };
}

interface Basics extends StatementRef {
  fingerprint: Fingerprint;
  text?: string;
}

/** How it is sent where its names mean this; or why it cannot be. */
function wayFor(
  meant: Sound,
  {
    known,
    basics,
    sample,
  }: Pick<FoundOut, 'known'> & { basics: Basics; sample: string | undefined },
  { viaFunction, serverMajor }: PreparedPolicy,
): Way | Refusal {
  const sent = viaFunction
    ? ownRoleText(known, meant, basics.user, sample)
    : meant.direct.kind === 'trusted'
      ? directText(known, meant.direct, sample)
      : meant.direct;
  if (sent.kind === 'refused') return sent;
  const { planner, direct, facts, among } = meant;
  const named = among && ofBasics(namedIn(known, among), basics);
  const { fingerprint, text } = { ...basics, ...named };
  const lossiness = [
    ...meant.lossiness.filter((mark) => !viaFunction || mark === 'shared_fingerprint'),
    ...sharedFingerprint(known, serverMajor),
  ];
  return {
    kind: 'way',
    job: {
      ...sent,
      nativeId: basics.nativeId,
      planner,
      lossiness: [...new Set(lossiness)],
      fingerprint,
      ...(text === undefined ? {} : { queryText: text }),
      namespace: basics.database,
    },
    facts,
    meaning: meant.meaning,
    ...(named ? { named } : {}),
    doubts: !viaFunction && direct.kind === 'trusted' ? direct.doubts : {},
  };
}

/** No text where none is kept. */
const ofBasics = (
  { fingerprint, redacted }: NonNullable<KnownStatement['named']>,
  { text, nativeId }: Basics,
): Named => ({
  fingerprint: { ...fingerprint, nativeId },
  ...(text === undefined ? {} : { text: redacted }),
});

/**
 * From 18 on, a statement's id is made of names as written: under one alias, or in two schemas,
 * other tables share it, and the text is of one of them.
 */
function sharedFingerprint({ parsed }: KnownStatement, serverMajor: number): Lossiness[] {
  const ambiguous = parsed?.shape.relations.some(({ alias }) => alias !== undefined);
  return serverMajor >= 18 && ambiguous ? ['shared_fingerprint'] : [];
}
