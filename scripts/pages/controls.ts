import { databaseTarget } from '../../src/resources/kinds/database-target/kind.ts';
import { fieldsOf } from './fields.ts';
import { code, table } from './markdown.ts';

/** The table of controls in the safety guide: what a DBA may turn, from the schema itself. */
const shown = [
  'spec.safety.',
  'spec.collection.interval',
  'spec.collection.maxQueriesPerCycle',
  'spec.collection.blackouts',
];

export const controls = (): string =>
  table(
    ['field', 'default', 'range', 'what it does, and why'],
    fieldsOf(databaseTarget)
      .filter(({ path, value }) => value && shown.some((prefix) => path.startsWith(prefix)))
      .filter(({ path }) => !path.includes('[]'))
      .map(({ path, fallback, range, meaning }) => [
        code(path.replace('spec.', '')),
        fallback === undefined ? '–' : code(fallback),
        range,
        meaning,
      ]),
  );
