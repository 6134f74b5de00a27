import { type Asking, ask } from '../src/advisor/asking.ts';
import { readIn } from '../src/advisor/names-in-plans.ts';
import type { WorkloadStatement } from '../src/history/history-questions.ts';
import type { IndexDef } from '../src/model/index-def.ts';
import type { NamedColumn } from '../src/model/query-shape.ts';
import type { WorldExport, WorldRelation } from '../src/model/world.ts';

/**
 * The advisor beside which ours is measured, by the description of those that ask a server with
 * hypothetical indexes: one statement after the other, the heaviest first; all indexes of one and
 * of two of its columns at once; what its plan then reads is taken if that halves its cost.
 */
export interface Taken {
  indexes: IndexDef[];
  bytes: number;
}

const mostCostLeft = 0.5;

export async function oneByOne(
  asking: Asking,
  statements: readonly WorkloadStatement[],
  world: WorldExport,
): Promise<Taken> {
  const taken: Taken = { indexes: [], bytes: 0 };
  const have = new Set<string>();
  for (const statement of statements) {
    const { text = '' } = statement;
    const base = await ask(asking, statement, text);
    if (base.kind === 'refused') continue;
    const tried = new Map<string, { id: string; index: IndexDef; bytes: number }>();
    for (const index of narrowOf(statement, world)) {
      const key = keyOf(index);
      if (have.has(key)) continue;
      const name = `one_by_one_${tried.size}`;
      const { id, size } = await asking.world.hypothesise(index, name);
      tried.set(name, { id, index, bytes: size?.bytes ?? 0 });
    }
    const then = await ask(asking, statement, text);
    for (const { id } of tried.values()) await asking.world.drop(id);
    if (then.kind === 'refused' || then.cost > mostCostLeft * base.cost) continue;
    for (const name of readIn(then.plan, new Map([...tried.keys()].map((name) => [name, name])))) {
      const { index, bytes } = tried.get(name) as { index: IndexDef; bytes: number };
      await asking.world.hypothesise(index, `taken_${taken.indexes.length}`);
      have.add(keyOf(index));
      taken.indexes.push(index);
      taken.bytes += bytes;
    }
  }
  return taken;
}

const keyOf = ({ schema, table, keys }: IndexDef): string => JSON.stringify([schema, table, keys]);

/** Of the columns that it compares, orders or groups by. */
function narrowOf({ shape, facts = [] }: WorkloadStatement, world: WorldExport): IndexDef[] {
  const named: NamedColumn[] = [
    ...(shape?.comparisons ?? []).flatMap(({ other, ...own }) => (other ? [own, other] : [own])),
    ...(shape?.orderBy ?? []).filter((key) => 'column' in key),
    ...(shape?.groupBy ?? []),
  ];
  return world.relations
    .filter(({ kind }) => kind === 'table')
    .filter(({ schema, name }) =>
      facts.some((each) => each.schema === schema && each.name === name),
    )
    .flatMap((table) => {
      const called = new Set([
        table.name,
        ...(shape?.relations ?? []).flatMap(({ name, alias }) =>
          name === table.name && alias ? [alias] : [],
        ),
      ]);
      const columns = table.columns
        .map(({ name }) => name)
        .filter((name) =>
          named.some(
            ({ column, qualifier }) =>
              column === name && (qualifier === undefined || called.has(qualifier)),
          ),
        );
      const pairs = columns.flatMap((a) => columns.flatMap((b) => (a === b ? [] : [[a, b]])));
      return [...columns.map((column) => [column]), ...pairs].map((keys) => on(table, keys));
    });
}

const on = ({ schema, name }: WorldRelation, keys: readonly string[]): IndexDef => ({
  schema,
  table: name,
  method: 'btree',
  keys: keys.map((column) => ({ column })),
});
