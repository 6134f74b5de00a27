import type { Clock } from '../base/clock.ts';
import type { CycleMemory } from '../history/history-questions.ts';
import type { HistoryWriter } from '../history/history-writer.ts';
import type { Finding } from '../model/finding.ts';
import { inForce, isMuted, type Verdict, verdictChanges, verdictKey } from '../model/verdict.ts';
import { readFindingsAnnotation } from '../resources/kinds/database-target/findings-annotation.ts';

/**
 * What people said of one target's findings, as its cycles need it: of the history and of the
 * target's annotation. Where the two differ, the history is brought in line: lists and counts ask
 * it alone. A history that is away has said nothing, and the annotation holds all the same.
 */
export interface TargetVerdicts {
  read(): Promise<Marking>;
}

/** Findings of one statement with what was said of each; muted ones are among them. */
export type Marking = <T extends Markable>(fingerprint: string, findings: readonly T[]) => T[];

type Markable = Pick<Finding, 'rule' | 'verdict' | 'also'>;

export interface VerdictSources {
  uid: string;
  /** Undefined: nothing is remembered, as for a single cycle. */
  history: (Pick<CycleMemory, 'verdicts'> & Pick<HistoryWriter, 'judge'>) | undefined;
  /** As it stands on the target now. */
  annotation(): string | undefined;
  /** Ids of those that there are. */
  rules: readonly string[];
  clock: Clock;
  /** What is wrong in the annotation: told when it is first read, and when it is changed. */
  onMistakes(mistakes: readonly string[]): void;
}

/** Asked once a cycle or so, and not for each of its statements. */
const fresh_ms = 5_000;

type InForce = ReadonlyMap<string, Verdict>;

export function createTargetVerdicts(sources: VerdictSources): TargetVerdicts {
  const { clock } = sources;
  const declared = annotationReader(sources);
  let asked: { at: number; marking: Promise<Marking> } | undefined;
  return {
    read() {
      const now = clock.monotonic();
      if (!asked || now - asked.at >= fresh_ms)
        asked = { at: now, marking: read(sources, declared()).then(markingBy) };
      return asked.marking;
    },
  };
}

function annotationReader({ annotation, rules, clock, onMistakes }: VerdictSources) {
  let told: string | undefined;
  return (): readonly Verdict[] => {
    const text = annotation();
    const { verdicts, mistakes } = readFindingsAnnotation(text, rules, clock.now());
    if (text !== told && mistakes.length) onMistakes(mistakes);
    told = text;
    return verdicts;
  };
}

async function read(
  { uid, history, clock }: VerdictSources,
  declared: readonly Verdict[],
): Promise<InForce> {
  const stored = await history?.verdicts(uid);
  const now = clock.now();
  if (history && stored) {
    const changes = verdictChanges(stored, declared, now);
    if (changes.put.length || changes.remove.length) await history.judge(uid, changes);
  }
  return inForce(stored ?? [], declared, now);
}

const markingBy =
  (verdicts: InForce): Marking =>
  (fingerprint, findings) =>
    findings.map((each) => marked(each, fingerprint, verdicts));

/** What follows from it and is muted is left out; muted itself, it takes what follows along. */
function marked<T extends Markable>(finding: T, fingerprint: string, verdicts: InForce): T {
  const said = (rule: string) => verdicts.get(verdictKey({ rule, fingerprint }))?.kind;
  const verdict = said(finding.rule);
  const { also: all, ...rest } = finding;
  const also = all?.filter(({ rule }) => !isMuted({ verdict: said(rule) }));
  return {
    ...(rest as T),
    ...(also?.length ? { also } : {}),
    ...(verdict ? { verdict } : {}),
  };
}
