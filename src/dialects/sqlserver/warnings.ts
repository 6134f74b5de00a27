import type { ServerWarning, SuggestedIndex } from '../../model/plan.ts';
import { spelledPredicate } from '../spell.ts';
import { attribute, child, childrenOf, type Element } from '../xml.ts';
import { bare, columns } from './conditions.ts';
import { numberIn } from './runtime.ts';

/** What SQL Server says itself of its plan: warnings, and indexes that it would have. */

/** Of one operator, or of the statement; node −1 is filled in by who knows it. */
export function warningsOf(element: Element): Omit<ServerWarning, 'node'>[] {
  const warnings = child(element, 'Warnings');
  if (!warnings) return [];
  const found: Omit<ServerWarning, 'node'>[] = [];
  if (isTrue(warnings, 'NoJoinPredicate'))
    found.push({ kind: 'no_join_condition', text: '', columns: [] });
  for (const each of warnings.children) {
    const said = warningOf(each);
    if (said) found.push(said);
  }
  return found;
}

function warningOf(element: Element): Omit<ServerWarning, 'node'> | undefined {
  switch (element.name) {
    case 'PlanAffectingConvert': {
      const { text, columns: named } = spelledPredicate(attribute(element, 'Expression') ?? '');
      const isSeek = attribute(element, 'ConvertIssue') === 'Seek Plan';
      return { kind: isSeek ? 'converted_seek' : 'converted_estimate', text, columns: named };
    }
    case 'ColumnsWithNoStatistics': {
      const named = columns(element);
      return { kind: 'no_statistics', text: named.join(', '), columns: named };
    }
    case 'MemoryGrantWarning':
      return {
        kind: /excessive/i.test(attribute(element, 'GrantWarningKind') ?? '')
          ? 'memory_unused'
          : 'memory_short',
        text: '',
        columns: [],
        kb: {
          granted: numberIn(element, 'GrantedMemory') ?? 0,
          used: numberIn(element, 'MaxUsedMemory') ?? 0,
        },
      };
    default:
      return undefined;
  }
}

const isTrue = (element: Element, name: string): boolean =>
  /^(?:1|true)$/.test(attribute(element, name) ?? '');

/** Pages of 8 KiB that an operator wrote to tempdb because its memory was too little, or 0. */
export function spilledPages(operator: Element): number | undefined {
  const warnings = child(operator, 'Warnings');
  const spills = warnings?.children.filter(({ name }) => /Spill/.test(name)) ?? [];
  return spills.length === 0
    ? undefined
    : spills.reduce((sum, each) => sum + (numberIn(each, 'WritesToTempDb') ?? 0), 0);
}

/** `<MissingIndexes>` of a statement. */
export function suggestedIndexes(plan: Element): SuggestedIndex[] {
  const all = child(plan, 'MissingIndexes');
  return (all ? childrenOf(all, 'MissingIndexGroup') : []).flatMap((group) => {
    const savesPct = numberIn(group, 'Impact') ?? 0;
    return childrenOf(group, 'MissingIndex').map((each) => suggestedIndex(each, savesPct));
  });
}

function suggestedIndex(element: Element, savesPct: number): SuggestedIndex {
  const of = (usage: string) =>
    childrenOf(element, 'ColumnGroup')
      .filter((group) => attribute(group, 'Usage') === usage)
      .flatMap((group) => childrenOf(group, 'Column'))
      .map((column) => bare(attribute(column, 'Name') ?? ''));
  const schema = bare(attribute(element, 'Schema') ?? '');
  const table = bare(attribute(element, 'Table') ?? '');
  const keys = [...of('EQUALITY'), ...of('INEQUALITY')];
  const include = of('INCLUDE');
  const names = (list: readonly string[]) => list.map(quote).join(', ');
  const target = schema === '' ? quote(table) : `${quote(schema)}.${quote(table)}`;
  const covering = include.length > 0 ? ` INCLUDE (${names(include)})` : '';
  const name = quote(`ix_${[table, ...keys].join('_')}`.slice(0, 100));
  return {
    ...(schema === '' ? {} : { schema }),
    table,
    keys,
    include,
    savesPct: Math.min(100, Math.max(0, savesPct)),
    sql: `CREATE INDEX ${name} ON ${target} (${names(keys)})${covering};`,
  };
}

const quote = (name: string): string => `[${name.replaceAll(']', ']]')}]`;
