import { AppError } from '../../../base/errors.ts';
import type { IndexDef } from '../../../model/index-def.ts';
import type { IndexWords } from '../variant.ts';
import { type Builder, type Left, refusals } from './builder.ts';
import { addSql, dropSql, hideSql, type Placed, showSql } from './statements.ts';

/**
 * What is made on a copy. One that is not asked about is hidden, not dropped, so that each is built
 * once. Of a table of which one could not be hidden nothing is planned, and nothing made there,
 * until that one is: a plan would tell of an index that was not asked about.
 */
export interface Made {
  /** There, and looked at by plans. Throws AppError: unplannable, where the copy refuses it. */
  make(index: IndexDef, name: string): Promise<void>;
  /** Made and hidden, where its table has room: what is refused now is refused when asked for. */
  prepare(index: IndexDef, name: string): Promise<void>;
  /** What refuses to go is tried again before its table is read. */
  hide(index: Placed): Promise<void>;
  /** Only what was asked for is there, of these tables. Throws AppError: unplannable. */
  settle(tables: readonly Table[]): Promise<void>;
  /** Tables where something was refused because somebody else had them open. */
  held(): Table[];
}

type Table = Pick<Placed, 'schema' | 'table'>;

/** A table has 64 at the most: ours leave the others their room. */
const mostOfTable = 16;
/** Of one table, for whoever has it open: a run has little time. */
const mostWaits = 3;

interface Entry extends Placed {
  state: 'shown' | 'hidden' | 'stuck';
}

/** `left`: of an earlier run, still there. */
export function createMade(
  builder: Pick<Builder, 'run'>,
  words: Pick<IndexWords, 'hide' | 'show'>,
  left: readonly Left[],
): Made {
  /** In the order in which they were last asked for. */
  const made = new Map<string, Entry>();
  const held = new Map<string, Table & { waits: number }>();
  for (const each of left) {
    made.set(keyOf(each), { ...each, state: 'stuck' });
    if (each.because === 'lock_timeout') held.set(tableOf(each), { ...each, waits: 1 });
  }

  /** Refused: it is as it was. */
  async function done(index: Placed, sql: () => string): Promise<boolean> {
    const table = tableOf(index);
    const waits = held.get(table)?.waits ?? 0;
    if (waits >= mostWaits) return false;
    try {
      await builder.run(sql());
      return true;
    } catch (error) {
      if (!(error instanceof AppError && refusals.includes(error.code))) throw error;
      if (error.code === 'lock_timeout')
        held.set(table, { schema: index.schema, table: index.table, waits: waits + 1 });
      return false;
    }
  }
  async function must(index: Placed, sql: () => string): Promise<void> {
    if (!(await done(index, sql))) throw new AppError('unplannable', 'the copy refused an index');
  }
  async function hide(entry: Entry): Promise<void> {
    entry.state = (await done(entry, () => hideSql(entry, words))) ? 'hidden' : 'stuck';
  }
  async function settle(tables: readonly Table[]): Promise<void> {
    const names = new Set(tables.map(tableOf));
    for (const entry of made.values()) {
      if (entry.state !== 'stuck' || !names.has(tableOf(entry))) continue;
      await hide(entry);
      if (entry.state === 'stuck')
        throw new AppError('unplannable', 'its table on the copy has an index that does not go');
    }
  }
  async function makeRoom(index: Placed): Promise<void> {
    const own = [...made.values()].filter((each) => tableOf(each) === tableOf(index));
    if (own.length < mostOfTable) return;
    const oldest = own.find(({ state }) => state === 'hidden');
    if (!oldest) throw new AppError('unplannable', 'its table has as many as are tried at once');
    await must(oldest, () => dropSql(oldest));
    made.delete(keyOf(oldest));
  }
  const hideNow = async (index: Placed): Promise<void> => {
    const entry = made.get(keyOf(index));
    if (entry?.state === 'shown') await hide(entry);
  };
  return {
    async prepare({ schema, table, ...of }, name) {
      const entry: Entry = { schema, table, name, state: 'shown' };
      const own = [...made.values()].filter((each) => tableOf(each) === tableOf(entry));
      if (made.has(keyOf(entry)) || own.length >= mostOfTable) return;
      if (!(await done(entry, () => addSql({ schema, table, ...of }, name)))) return;
      made.set(keyOf(entry), entry);
      await hide(entry);
    },
    async make(index, name) {
      const entry: Entry = { schema: index.schema, table: index.table, name, state: 'shown' };
      const key = keyOf(entry);
      await settle([entry]);
      if (made.has(key)) await must(entry, () => showSql(entry, words));
      else {
        await makeRoom(entry);
        await must(entry, () => addSql(index, name));
      }
      made.delete(key);
      made.set(key, entry);
    },
    hide: hideNow,
    settle,
    held: () => [...held.values()].map(({ schema, table }) => ({ schema, table })),
  };
}

const keyOf = ({ schema, table, name }: Placed): string => JSON.stringify([schema, table, name]);
/** Names of tables may have no case of their own. */
const tableOf = ({ schema, table }: Table): string =>
  JSON.stringify([schema.toLowerCase(), table.toLowerCase()]);
