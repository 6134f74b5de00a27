import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { openVerdictPlace } from '../app/open-verdict-place.ts';
import type { ListedFinding, VerdictPlace } from '../app/verdict-place.ts';
import { AppError } from '../base/errors.ts';
import { systemClock } from '../base/node/clock.ts';
import { userName } from '../base/node/user-name.ts';
import { formatTime } from '../base/quantity.ts';
import { remark, speaker } from '../model/remark.ts';
import { readUntil } from '../model/until.ts';
import { type Opinion, type Verdict, type VerdictKind, verdictKey } from '../model/verdict.ts';
import { meantBy, WrongUse } from './command.ts';
import { type Colour, renderTable, terminal } from './terminal.ts';

export const help = `Usage: dbintel finding list TARGET [--all] [WHERE] [--json]
       dbintel finding accept TARGET RULE FINGERPRINT [--why TEXT] [WHERE] [--json]
       dbintel finding dismiss TARGET RULE FINGERPRINT --why TEXT [WHERE] [--json]
       dbintel finding snooze TARGET RULE FINGERPRINT --until WHEN [--why TEXT] [WHERE] [--json]
       dbintel finding reopen TARGET RULE FINGERPRINT [WHERE] [--json]

What you say of a finding holds for the statement, whatever plan it has. Accepted: it is right, and
stays in sight until it is mended. Dismissed and snoozed ones are not told any more, the latter
until a time: 7d, 2026-12-24. reopen takes back what was said. It holds from the next cycle on,
and moves how much the rule is believed.

  TARGET          namespace/name, or a name alone
  --all           lists those, too, that are dismissed or snoozed
  --why TEXT      one line; what looks like a value or a secret is taken out of it
  --by NAME       who says so; without it, you

WHERE:
  --data DIR      in the history of the standalone program with this data folder (DBINTEL_DATA,
                  default .dbintel), or in that of DBINTEL_HISTORY_URL
  --cluster       in the annotation dbintel.io/findings of a target in the kubeconfig's cluster;
                  --namespace NAME, --kubeconfig FILE, --context NAME

Exit codes: 0 done, 1 there is no such target or finding, or it is refused, 2 wrong use, 3 the
cluster or the history could not be reached.
`;

const options = {
  all: { type: 'boolean' },
  why: { type: 'string', default: '' },
  until: { type: 'string' },
  by: { type: 'string' },
  json: { type: 'boolean' },
  data: { type: 'string' },
  cluster: { type: 'boolean' },
  namespace: { type: 'string', short: 'n' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
} as const;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  const [verb = '', target, rule, fingerprint, ...more] = positionals;
  const work = workOf(verb, values, { rule, fingerprint });
  if (!work || target === undefined || more.length) throw new WrongUse(wordsOf(verb), help);
  const place = await openVerdictPlace(values);
  try {
    return await work(place, target);
  } finally {
    await place.close();
  }
}

interface Said {
  all?: boolean | undefined;
  why: string;
  until?: string | undefined;
  by?: string | undefined;
  json?: boolean | undefined;
}

type Work = (place: VerdictPlace, target: string) => Promise<number>;

const kinds: Record<string, VerdictKind> = {
  accept: 'accepted',
  dismiss: 'dismissed',
  snooze: 'snoozed',
};

const verbs = ['list', ...Object.keys(kinds), 'reopen'];

const wordsOf = (verb: string): string => {
  if (verb === 'list') return 'list takes one target';
  return verb === 'reopen' || Object.hasOwn(kinds, verb)
    ? `${verb} takes a target, a rule and a fingerprint`
    : `say ${verbs.join(', ')}${meantBy(verb, verbs)}`;
};

/** Undefined: nobody can tell what is meant. Throws AppError where it cannot be said so. */
function workOf(
  verb: string,
  said: Said,
  { rule, fingerprint }: { rule: string | undefined; fingerprint: string | undefined },
): Work | undefined {
  if (verb === 'list') return rule === undefined ? list(said) : undefined;
  if (rule === undefined || fingerprint === undefined) return undefined;
  const key = { rule, fingerprint };
  if (verb === 'reopen')
    return async (place, target) => {
      const label = await place.retract(target, key);
      return said.json
        ? terminal.json({ target: label, ...key })
        : terminal.out(`reopened ${verdictKey(key)} of ${label}`);
    };
  const kind = Object.hasOwn(kinds, verb) ? kinds[verb] : undefined;
  if (!kind) return undefined;
  const now = systemClock.now();
  const by = speaker(said.by ?? `${userName()}@${hostname()}`);
  const verdict = { ...key, ...opinion(kind, said, now), by, at: now, declared: false };
  return async (place, target) => {
    const label = await place.give(target, verdict);
    return said.json
      ? terminal.json({ target: label, ...verdict })
      : terminal.out(`${describeKind(verdict)} ${verdictKey(key)} of ${label}`);
  };
}

function opinion(kind: VerdictKind, said: Said, now: number): Opinion {
  const why = remark(said.why);
  const known = why ? { why } : {};
  if (kind === 'snoozed') {
    const read = readUntil(said.until ?? '', now);
    if (said.until === undefined) throw wrong('--until says when it comes back: 7d, 2026-12-24');
    if (read.kind !== 'at') throw wrong(`--until: ${read.why}`);
    return { kind, until: read.until, ...known };
  }
  if (said.until !== undefined) throw wrong('only what is snoozed has an --until');
  if (kind === 'accepted') return { kind, ...known };
  if (!why) throw wrong('--why says why it is dismissed');
  return { kind, why };
}

const wrong = (message: string) => new AppError('invalid_config', message);

const list =
  ({ all = false, json }: Said): Work =>
  async (place, target) => {
    const found = await place.list(target, all);
    if (json) return terminal.json(found);
    return terminal.out(found.length ? table(found) : `no open findings of ${target}`);
  };

const colours: Record<string, Colour> = { critical: 'red', warning: 'yellow' };

const table = (found: readonly ListedFinding[]): string =>
  renderTable(
    found,
    [
      {
        title: 'RULE',
        value: ({ rule }) => rule,
        colour: ({ severity = '' }) => colours[severity],
      },
      { title: 'FINGERPRINT', value: ({ fingerprint }) => fingerprint },
      { title: 'FINDING', least: 40, value: ({ message }) => message ?? '(not found now)' },
      { title: 'VERDICT', least: 30, value: ({ verdict }) => describe(verdict) },
    ],
    terminal.width,
  );

const describe = (verdict: Verdict | undefined): string =>
  verdict
    ? [`${describeKind(verdict)} by ${verdict.by}`, verdict.why].filter(Boolean).join(': ')
    : '–';

const describeKind = (opinion: Opinion): string =>
  opinion.kind === 'snoozed'
    ? `snoozed until ${formatTime(opinion.until).slice(0, 16)}Z`
    : opinion.kind;
