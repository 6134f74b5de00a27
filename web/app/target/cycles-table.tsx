import { useCallback } from 'react';
import { milliseconds } from '../../../src/render/figures.ts';
import { asFailure } from '../../data/failure.ts';
import type { CycleAnswer } from '../../data/target-answers.ts';
import { Age } from '../../parts/age.tsx';
import { CodeWord } from '../../parts/code-word.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table-head.tsx';
import { codeOfCycle, type Outcome } from './cycle-bars.ts';
import styles from './target.module.css';

const tones = {
  collected: 'calm',
  skipped: 'wait',
  deferred: 'wait',
  failed: 'critical',
} as const satisfies Record<Outcome, string>;

const columns: readonly Column<CycleAnswer>[] = [
  { key: 'number', title: '#', width: '64px', align: 'right', cell: ({ number }) => number },
  { key: 'at', title: 'began', width: '96px', cell: ({ startedAt }) => <Age at={startedAt} /> },
  {
    key: 'outcome',
    title: 'outcome',
    width: '104px',
    cell: ({ outcome }) => <Mark tone={tones[outcome.kind]} word={outcome.kind} />,
  },
  {
    key: 'code',
    title: 'why',
    width: 'minmax(140px, 2fr)',
    from: 520,
    cell: (cycle) => <Why cycle={cycle} />,
  },
  {
    key: 'explained',
    title: 'explained',
    width: '96px',
    align: 'right',
    cell: ({ explained, selected }) => `${explained} of ${selected}`,
  },
  {
    key: 'duration',
    title: 'took',
    width: '80px',
    align: 'right',
    cell: ({ durationMs }) => milliseconds(durationMs),
  },
  {
    key: 'database',
    title: 'database time',
    hint: 'What our statements took on the server, as we waited for it',
    width: '112px',
    align: 'right',
    from: 640,
    cell: ({ databaseMs }) => milliseconds(databaseMs),
  },
];

function Why({ cycle }: { cycle: CycleAnswer }) {
  const code = codeOfCycle(cycle);
  if (code) return <CodeWord code={code} />;
  const left = Object.entries(cycle.unexplained);
  return left.map(([each, count]) => (
    <span key={each} className={styles.reason}>
      {count} × <CodeWord code={each} />
    </span>
  ));
}

export function CyclesTable(props: {
  cycles: readonly CycleAnswer[] | undefined;
  error: Error | null;
}) {
  const { cycles, error } = props;
  const itemAt = useCallback(
    (index: number) => {
      const row = cycles?.[index];
      return row ? { kind: 'row' as const, row } : { kind: 'wait' as const };
    },
    [cycles],
  );
  if (!cycles && error)
    return <Failed what="Cycles cannot be shown." why={asFailure(error).message} />;
  if (!cycles) return <Skeleton label="loading cycles" />;
  if (cycles.length === 0) return <Empty title="No cycle yet" />;
  return (
    <div className={styles.table}>
      <Table
        label="cycles, newest first"
        columns={columns}
        count={cycles.length}
        itemAt={itemAt}
        keyOf={({ startedAt, number }) => `${startedAt}-${number}`}
      />
    </div>
  );
}
