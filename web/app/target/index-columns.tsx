import { Link } from 'wouter';
import type { IndexAnswer, IndexesAnswer } from '../../data/advice.ts';
import { Chip } from '../../parts/chip.tsx';
import { Mark } from '../../parts/mark.tsx';
import { useCalmNow } from '../../parts/now.ts';
import type { Column } from '../../parts/table-head.tsx';
import { bytes, keysWords, phaseLooks } from '../advice/advice-words.ts';
import { advicePath } from '../paths.ts';
import { flagTones, flagWords, remarksOf, scanTitle, scanWords } from './index-words.ts';
import styles from './target.module.css';

/** Narrower, an index is told in two lines. */
export const phone = 560;
/** Further servers have columns where there is room. */
const ownFrom = 700;
const eachFrom = 190;
const othersFrom = 1_150;
const mostServers = 6;

export function indexColumns({ items, servers }: IndexesAnswer): readonly Column<IndexAnswer>[] {
  const several = new Set(items.map(({ database }) => database)).size > 1;
  return [
    {
      key: 'name',
      title: 'Index',
      width: 'minmax(150px, 1fr)',
      sorts: true,
      from: phone,
      cell: (row) => (
        <code title={`${several ? `${row.database}: ` : ''}${row.name}`}>{row.name}</code>
      ),
    },
    {
      key: 'table',
      title: 'Table and keys',
      width: 'minmax(180px, 1.5fr)',
      sorts: true,
      from: phone,
      cell: ({ database, index }) => {
        const place = `${several ? `${database}: ` : ''}${index.schema}.${index.table}`;
        return (
          <code title={`${place} ${keysWords(index)}`}>
            {place} <span className={styles.soft}>{keysWords(index)}</span>
          </code>
        );
      },
    },
    { key: 'both', title: 'Index', width: 'minmax(0, 1fr)', below: phone, cell: twoLines(several) },
    {
      key: 'size',
      title: 'Size',
      hint: 'On disk, at the last look',
      width: '84px',
      align: 'right',
      sorts: true,
      from: phone,
      cell: (row) => bytes(row.bytes),
    },
    ...servers.slice(0, mostServers).map(({ name, role }, i) => ({
      key: `at ${name}`,
      title: `Scans, ${name}`,
      hint: `Counted by ${name}${role ? ` (${role})` : ''}, and when it was read last`,
      width: '150px',
      sorts: true,
      from: i === 0 ? ownFrom : othersFrom + i * eachFrom,
      cell: (row: IndexAnswer) => <Use row={row} server={name} />,
    })),
    {
      key: 'flags',
      title: 'What is known',
      hint: 'Why it could go, or has to stay',
      width: 'minmax(170px, 1.4fr)',
      from: 900,
      cell: (row) => <Flags row={row} />,
    },
    {
      key: 'proposal',
      title: 'Advice',
      width: '120px',
      from: 1_000,
      cell: ({ proposal }) =>
        proposal && (
          <Link href={advicePath(proposal.id)} tabIndex={-1}>
            <Mark {...phaseLooks[proposal.phase]} />
          </Link>
        ),
    },
  ];
}

/** Of several databases each may have an index of that name. */
const twoLines = (several: boolean) => (row: IndexAnswer) => {
  const [use] = row.use;
  return (
    <span className={styles.two}>
      <code>
        {several && `${row.database}: `}
        {row.name}
      </code>
      <span>
        {bytes(row.bytes)} · <Flags row={row} brief />{' '}
        {use && <Use row={row} server={use.server} />}
      </span>
    </span>
  );
};

function Use({ row, server }: { row: IndexAnswer; server: string }) {
  const use = row.use.find((each) => each.server === server);
  const text = useCalmNow((now) => (use ? scanWords(use, now) : '–'));
  return <span title={use ? scanTitle(use) : `nobody has looked at it on ${server}`}>{text}</span>;
}

/** `brief`: where there is no room for names, the kind alone. */
const Flags = ({ row, brief = false }: { row: IndexAnswer; brief?: boolean }) => (
  <span className={brief ? undefined : styles.rules}>
    {row.flags.map((flag) => {
      const { word, title } = flagWords(flag);
      return (
        <Chip key={flag.kind} tone={flagTones[flag.kind]} title={title}>
          {brief ? flag.kind : word}
        </Chip>
      );
    })}
    {remarksOf(row).map((word) => (
      <Chip key={word} title={word}>
        {word}
      </Chip>
    ))}
  </span>
);
