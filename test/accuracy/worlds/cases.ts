import type { Category } from '../../../src/model/finding.ts';
import type { Case } from '../case.ts';
import type { Roles } from './roles.ts';
import { dropIndex } from './table.ts';

/** How kinds write down what they make: one defect or one control of a world. */
export type Kind = (world: Roles) => Case[];

export interface Defect {
  /** The kind, and what tells it from others of the kind in one world. */
  id: `${string}/${string}`;
  category: Category;
  rules: string[];
  table?: string;
  tables: string[];
  inject?: string[];
  settings?: Record<string, string>;
  calls: string[];
  healthy?: string[];
}

export function defect(it: Defect): Case {
  const [kind = ''] = it.id.split('/');
  return {
    id: it.id,
    label: {
      kind: 'defect',
      defect: kind,
      category: it.category,
      rules: it.rules,
      ...(it.table === undefined ? {} : { table: it.table }),
    },
    tables: it.tables,
    inject: it.inject ?? [],
    ...(it.settings ? { settings: it.settings } : {}),
    calls: it.calls,
    ...(it.healthy ? { healthy: it.healthy } : {}),
  };
}

export const control = (id: `${string}/${string}`, tables: string[], calls: string[]): Case => ({
  id,
  label: { kind: 'healthy' },
  tables,
  inject: [],
  calls,
});

/** One statement with the values of 1..count. */
export const times = (count: number, statement: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => statement(i + 1));

/** The form of a statement that the world's style asks for. */
export const form = <T>({ style }: Roles, ...forms: T[]): T => forms[style % forms.length] as T;

export const without = ({ d }: Roles, table: string, ...indexes: string[]): string[] =>
  indexes.map((index) => dropIndex(d, table, index));

/** The statements with other settings than the session's; MySQL and MariaDB. */
export const underSettings = (
  { d }: Roles,
  settings: Record<string, string>,
  statements: readonly string[],
): string[] => {
  const each = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const hints = each.map((setting) => `SET_VAR(${setting})`).join(' ');
  return statements.map((statement) =>
    d.engine === 'mariadb'
      ? `SET STATEMENT ${each.join(', ')} FOR ${statement}`
      : statement.replace(/^SELECT /, `SELECT /*+ ${hints} */ `),
  );
};
