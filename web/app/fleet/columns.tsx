import { Link } from 'wouter';
import type { FleetItem } from '../../data/answers.ts';
import { Age } from '../../parts/age.tsx';
import { CoverageBar, coverageSentence } from '../../parts/coverage-bar.tsx';
import { Mark, Shape } from '../../parts/mark.tsx';
import { Spark } from '../../parts/spark.tsx';
import type { Column } from '../../parts/table-head.tsx';
import { targetPath } from '../paths.ts';
import styles from './fleet.module.css';
import { engineWords, looksOf, podWord } from './state-words.ts';

/** Narrower, why stands below the name, and rows are higher. */
export const phone = 520;

/** What the fleet's table says of a target, and how wide the table has to be to say it. */
const all: readonly Column<FleetItem>[] = [
  {
    key: 'attention',
    title: 'State',
    hint: 'How it is; sorted by what needs you first',
    width: '142px',
    sorts: true,
    from: phone,
    cell: ({ state }) => <Mark {...looksOf(state)} />,
  },
  {
    key: 'mark',
    title: '',
    width: '40px',
    below: phone,
    cell: ({ state }) => (
      <span className={styles.mark} title={looksOf(state).word}>
        <Shape tone={looksOf(state).tone} />
        <span className="unseen">{looksOf(state).word}</span>
      </span>
    ),
  },
  {
    key: 'name',
    title: 'Target',
    width: 'minmax(150px, 280px)',
    sorts: true,
    from: phone,
    cell: (item) => <Name item={item} />,
  },
  {
    key: 'name',
    title: 'Target',
    width: 'minmax(0, 1fr)',
    below: phone,
    cell: (item) => (
      <span className={styles.two}>
        <Name item={item} />
        <Why item={item} />
      </span>
    ),
  },
  {
    key: 'engine',
    title: 'Engine',
    width: '132px',
    from: 900,
    cell: ({ engine, version }) => (
      <span className={styles.soft} title={version ?? undefined}>
        {engineWords(engine, version)}
      </span>
    ),
  },
  {
    key: 'since',
    title: 'Why, since',
    hint: 'Why it is not collected, and for how long',
    width: 'minmax(120px, 720px)',
    sorts: true,
    from: phone,
    cell: (item) => <Why item={item} />,
  },
  {
    key: 'coverage',
    title: 'Covered',
    hint: 'Of the database time: what has a plan (filled), what has a reason why not (hatched)',
    width: '124px',
    sorts: true,
    from: 700,
    cell: (item) => <Covered item={item} />,
  },
  {
    key: 'findings',
    title: 'Findings',
    hint: 'Open ones: critical, warnings, all',
    width: '116px',
    sorts: true,
    cell: (item) => <Findings item={item} />,
  },
  {
    key: 'lastCycle',
    title: 'Last cycle',
    hint: 'When its last cycle began',
    width: '84px',
    align: 'right',
    sorts: true,
    from: 780,
    cell: ({ lastCycle }) => (
      <span className={styles.soft}>{lastCycle === null ? '–' : <Age at={lastCycle} bare />}</span>
    ),
  },
  {
    key: 'busy',
    title: 'Busy, 24 h',
    hint: 'Database time of each of the last 24 hours',
    width: '104px',
    from: 1_080,
    cell: ({ busy }) => (
      <Spark values={busyValues(busy)} label="database time of each of the last 24 hours" />
    ),
  },
  {
    key: 'owner',
    title: 'Owner',
    hint: 'The replica that collects',
    width: 'minmax(72px, 1fr)',
    from: 1_200,
    cell: ({ owner }) => (
      <span className={styles.soft} title={owner ?? undefined}>
        {owner === null ? '–' : podWord(owner)}
      </span>
    ),
  },
];

/** Of which of the columns that may be empty something is known: alone, nobody owns a target. */
const mayBeEmpty = ['busy', 'owner'] as const;
export const knownOf = (items: readonly FleetItem[]): string =>
  mayBeEmpty.filter((key) => items.some((item) => item[key] !== null)).join(' ');

export function columnsFor(known: string): readonly Column<FleetItem>[] {
  const empty = mayBeEmpty.filter((key) => !known.includes(key)) as readonly string[];
  return all.filter(({ key }) => !empty.includes(key));
}

function Name({ item: { namespace, name } }: { item: FleetItem }) {
  return (
    <Link
      href={targetPath(namespace, name)}
      className={styles.name}
      tabIndex={-1}
      title={`${namespace}/${name}`}
    >
      <span>{namespace}/</span>
      {name}
    </Link>
  );
}

function Why({ item: { why, state, since, nextTry } }: { item: FleetItem }) {
  if (state === 'collecting') return null;
  return (
    <span title={why ?? undefined}>
      {why}
      <span className={styles.soft}>
        {since !== null && (
          <>
            {why && ' · '}for <Age at={since} bare />
          </>
        )}
        {nextTry !== null && (
          <>
            {' · next try '}
            <Age at={nextTry} />
          </>
        )}
      </span>
    </span>
  );
}

function Covered({ item: { explained, accountedFor } }: { item: FleetItem }) {
  if (explained === null) return <span className={styles.soft}>–</span>;
  const shares = { explained: explained / 100, accountedFor: (accountedFor ?? explained) / 100 };
  return (
    <span className={styles.covered} title={coverageSentence(shares)}>
      <span>{Math.floor(explained)}%</span>
      <CoverageBar {...shares} />
    </span>
  );
}

function Findings({ item: { findings, critical, warning } }: { item: FleetItem }) {
  if (findings === null) return <span className={styles.soft}>–</span>;
  const rest = findings - (critical ?? 0) - (warning ?? 0);
  const words = `${findings} open: ${critical ?? 0} critical, ${warning ?? 0} warnings`;
  return (
    <span className={styles.findings} title={words}>
      {critical ? <Count tone="critical" count={critical} word="critical" /> : null}
      {warning ? <Count tone="warning" count={warning} word="warnings" /> : null}
      {rest > 0 ? <Count tone="info" count={rest} word="others" /> : null}
    </span>
  );
}
const Count = (props: { tone: 'critical' | 'warning' | 'info'; count: number; word: string }) => (
  <span>
    <Shape tone={props.tone} size={10} />
    {props.count}
    <span className="unseen">{` ${props.word}`}</span>
  </span>
);

const busyValues = (busy: string | null): (number | null)[] =>
  [...(busy ?? '')].map((digit) => (digit === ' ' ? null : Number(digit)));
