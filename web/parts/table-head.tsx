import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './table.module.css';

export interface Column<R> {
  key: string;
  title: string;
  /** What the title means, at length. */
  hint?: string;
  /** A track of a CSS grid: `120px`, `minmax(160px, 2fr)`. */
  width: string;
  align?: 'right';
  /** It can be sorted by. */
  sorts?: boolean;
  /** Shown where the table is at least this wide, and narrower than `below`; in pixels. */
  from?: number;
  below?: number;
  cell(row: R): ReactNode;
}
export interface TableSort {
  key: string;
  direction: 'ascending' | 'descending';
}

export function TableHead<R>(props: {
  columns: readonly Column<R>[];
  sort: TableSort | undefined;
  onSort: ((key: string) => void) | undefined;
}) {
  const { columns, sort, onSort } = props;
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" aria-rowindex={1} className={styles.cells}>
        {columns.map(({ key, title, hint, align, sorts }) => (
          <div
            key={key}
            role="columnheader"
            title={hint}
            className={classes(styles.cell, align && styles[align])}
            aria-sort={sort?.key === key ? sort.direction : undefined}
          >
            {sorts && onSort ? (
              <button type="button" onClick={() => onSort(key)}>
                {title}
                {sort?.key === key && <Arrow up={sort.direction === 'ascending'} />}
              </button>
            ) : (
              title
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

const Arrow = ({ up }: { up: boolean }) => (
  <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true" fill="currentcolor">
    <path d={up ? 'M4 1l4 6H0z' : 'M4 7L0 1h8z'} />
  </svg>
);
