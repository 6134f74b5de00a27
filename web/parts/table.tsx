import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import { noteRow, type RowPlace, returnedTo } from './returned.ts';
import styles from './table.module.css';
import { type Column, TableHead, type TableSort } from './table-head.tsx';
import { moveTo } from './table-keys.ts';
import { type Item, TableRow } from './table-row.tsx';

/**
 * A table of any length, of which only what is seen is there. Rows are of one height and keep who
 * they are: what has the focus keeps it while others come, go and change.
 */
export interface TableProps<R> {
  label: string;
  columns: readonly Column<R>[];
  /** Of items: those not loaded yet, and lines between groups, too. */
  count: number;
  itemAt(index: number): Item<R>;
  keyOf(row: R): string;
  /** Enter, or a click on a row. */
  onOpen?(row: R): void;
  sort?: TableSort;
  onSort?(key: string): void;
  selected?: ReadonlySet<string>;
  /** Space. */
  onSelect?(key: string): void;
  /** `x`: all that are shown. */
  onSelectAll?(): void;
  /** The rows from here on are soon seen. */
  onReach?(last: number): void;
  /** Somebody is in the table, so that rows should stay where they are. */
  onHeld?(held: boolean): void;
  rowHeight?: number;
}

const usualRow_px = 32;
/** Drawn beyond what is seen, so that a turn of the wheel shows no gap. */
const overscan = 12;

export function Table<R>(props: TableProps<R>) {
  const { label, count, itemAt, keyOf, onOpen, selected, onSelect, onSelectAll } = props;
  const { rowHeight = usualRow_px, onReach, onHeld } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useFitting(props.columns, scroller);
  const [active, setActive] = useState<RowPlace | undefined>(() => returnedTo(label));
  const returning = useRef(active !== undefined);
  const index = useFollowed(active, count, itemAt, keyOf);
  const printed = usePrinted(count, itemAt);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan,
    scrollPaddingStart: rowHeight,
    rangeExtractor: useCallback(
      (range: Range) =>
        printed === undefined ? withIndex(range, index) : [...Array(printed).keys()],
      [index, printed],
    ),
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => onReach?.(last), [onReach, last]);

  const go = (to: number) => {
    const item = itemAt(to);
    setActive({ index: to, key: item.kind === 'row' ? keyOf(item.row) : undefined });
    virtual.scrollToIndex(to);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${to + 2}"]`)?.focus(),
    );
  };
  useEffect(() => {
    if (!returning.current || shown.length === 0) return;
    returning.current = false;
    // Who has gone on to something else meanwhile stays there.
    if (document.activeElement?.contains(scroller.current)) go(index);
  });
  const onRowFocus = useCallback(
    (row: RowPlace) => {
      setActive(row);
      noteRow(label, row);
    },
    [label],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLElement && event.target.getAttribute('role') !== 'row') return;
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const page = Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2;
    const to = moveTo(event.key, index, count, page, (at) => itemAt(at).kind !== 'group');
    const item = itemAt(index);
    if (to !== undefined) go(to);
    else if (event.key === 'Enter' && item.kind === 'row') onOpen?.(item.row);
    else if (event.key === ' ' && item.kind === 'row' && onSelect) onSelect(keyOf(item.row));
    else if (event.key === 'x' && onSelectAll) onSelectAll();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onClick = ({ target }: MouseEvent) => {
    const row = (target as Element).closest('[role=row]');
    const item = row && itemAt(Number(row.getAttribute('aria-rowindex')) - 2);
    // What is in a row and does something itself is not the row; who marks a text reads it.
    if (item?.kind !== 'row' || (target as Element).closest('a, button, [popover]')) return;
    if (!getSelection()?.toString()) onOpen?.(item.row);
  };
  const tracks = columns.map(({ width }) => width).join(' ');
  return (
    <div ref={scroller} className={styles.scroller} style={{ '--tracks': tracks } as CSSProperties}>
      <div
        role="grid"
        tabIndex={-1}
        aria-label={label}
        aria-rowcount={count + 1}
        aria-multiselectable={onSelect ? true : undefined}
        className={styles.grid}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onFocus={() => onHeld?.(true)}
        onBlur={({ relatedTarget, currentTarget }) => {
          if (!currentTarget.contains(relatedTarget)) onHeld?.(false);
        }}
      >
        <TableHead columns={columns} sort={props.sort} onSort={props.onSort} />
        <div
          role="rowgroup"
          className={styles.body}
          style={{ height: (printed ?? count) * rowHeight }}
        >
          {shown.map(({ index: at, start }) => {
            const item = itemAt(at);
            const key = item.kind === 'row' ? keyOf(item.row) : undefined;
            // What came to the row that somebody waits at takes its focus over.
            const awaited = at === index && active !== undefined && active.key === undefined;
            return (
              <TableRow
                key={awaited ? `wait-${at}` : (key ?? `${item.kind}-${at}`)}
                item={item}
                index={at}
                top={start}
                height={rowHeight}
                columns={columns}
                focusable={at === index}
                selected={key !== undefined && selected ? selected.has(key) : undefined}
                onFocus={onRowFocus}
                rowKey={key}
                opens={onOpen !== undefined}
              />
            );
          })}
        </div>
      </div>
      {printed !== undefined && printed < count && (
        <p className={styles.rest}>
          {printed} of {count} rows are printed.
        </p>
      )}
    </div>
  );
}

/** Paper does not scroll: how many rows it gets, of those that are there, while it is printed. */
const mostPrinted = 2_000;
function usePrinted<R>(count: number, itemAt: (index: number) => Item<R>): number | undefined {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    // What is printed is what stands there when this returns.
    const turn = (on: boolean) => () => flushSync(() => setPrinting(on));
    addEventListener('beforeprint', turn(true), { signal });
    addEventListener('afterprint', turn(false), { signal });
    return () => ended.abort();
  }, []);
  return useMemo(() => {
    if (!printing) return undefined;
    const most = Math.min(count, mostPrinted);
    for (let at = 0; at < most; at += 1) if (itemAt(at).kind === 'wait') return at;
    return most;
  }, [printing, count, itemAt]);
}

function withIndex(range: Range, index: number): number[] {
  const drawn = defaultRangeExtractor(range);
  if (index >= range.count || drawn.includes(index)) return drawn;
  return [...drawn, index].sort((a, b) => a - b);
}

/** Where the row that had the focus is now; rows around it may have come and gone. */
function useFollowed<R>(
  active: RowPlace | undefined,
  count: number,
  itemAt: (index: number) => Item<R>,
  keyOf: (row: R) => string,
): number {
  return useMemo(() => {
    if (!active) return firstRow(count, itemAt);
    const is = (at: number) => {
      const item = at >= 0 && at < count ? itemAt(at) : undefined;
      return item?.kind === 'row' && keyOf(item.row) === active.key;
    };
    if (active.key === undefined || is(active.index)) return Math.min(active.index, count - 1);
    for (let at = 0; at < count; at += 1) if (is(at)) return at;
    return Math.max(0, Math.min(active.index, count - 1));
  }, [active, count, itemAt, keyOf]);
}
const firstRow = <R,>(count: number, itemAt: (index: number) => Item<R>) =>
  count > 1 && itemAt(0).kind === 'group' ? 1 : 0;

/** The columns for which there is room. */
function useFitting<R>(
  columns: readonly Column<R>[],
  scroller: { current: HTMLDivElement | null },
): readonly Column<R>[] {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
  return useMemo(
    () => columns.filter(({ from = 0, below = Infinity }) => width >= from && width < below),
    [columns, width],
  );
}
