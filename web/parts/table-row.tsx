import { memo, type ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './table.module.css';
import type { Column } from './table-head.tsx';

/** A row, a line between groups, or one that is still to be loaded. */
export type Item<R> =
  | { kind: 'row'; row: R }
  | { kind: 'group'; title: ReactNode }
  | { kind: 'wait' };

interface TableRowProps<R> {
  item: Item<R>;
  index: number;
  rowKey: string | undefined;
  top: number;
  height: number;
  columns: readonly Column<R>[];
  focusable: boolean;
  /** undefined: rows of this table cannot be selected. */
  selected: boolean | undefined;
  onFocus(active: { index: number; key: string | undefined }): void;
  opens: boolean;
}

function Row<R>(props: TableRowProps<R>) {
  const { item, index, rowKey, top, height, columns, focusable, selected, onFocus, opens } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      tabIndex={focusable ? 0 : -1}
      className={classes(
        styles.row,
        styles.cells,
        item.kind === 'group' && styles.group,
        opens && item.kind === 'row' && styles.opens,
        selected && styles.selected,
      )}
      style={{ transform: `translateY(${top}px)`, height }}
      onFocus={() => onFocus({ index, key: rowKey })}
    >
      {item.kind === 'row' ? (
        columns.map(({ key, align, cell }) => (
          <div key={key} role="gridcell" className={classes(styles.cell, align && styles[align])}>
            {cell(item.row)}
          </div>
        ))
      ) : (
        <div role="gridcell" aria-colspan={columns.length} className={styles.whole}>
          {item.kind === 'group' ? item.title : <span className={styles.wait} />}
        </div>
      )}
    </div>
  );
}
const isSame = <R,>(before: TableRowProps<R>, now: TableRowProps<R>): boolean =>
  isSameItem(before.item, now.item) && keys.every((key) => before[key] === now[key]);
const keys = [
  'index',
  'top',
  'height',
  'columns',
  'focusable',
  'selected',
  'onFocus',
  'opens',
] as const;
const isSameItem = <R,>(before: Item<R>, now: Item<R>): boolean =>
  before === now || (before.kind === 'row' && now.kind === 'row' && before.row === now.row);

/** Drawn again only when it is another: hundreds change each second. */
export const TableRow = memo(Row, isSame) as typeof Row;
