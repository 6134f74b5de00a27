import type { Plan } from '../../../src/model/plan.ts';
import type { ReadPlan, Remark } from '../../worker/protocol.ts';

/** What the page says of a text and of the plan that was in it. */

/** `PostgreSQL text, with actual figures`. */
export const formatOf = ({ label, plan }: Pick<ReadPlan, 'label' | 'plan'>): string =>
  `${label} ${spellingOf(plan)}, ${
    plan.mode === 'actual' ? 'with actual figures' : 'estimates only'
  }`;

const spellings: Record<string, string> = {
  json: 'JSON',
  'json-v1': 'JSON',
  'json-v2': 'JSON, format 2',
  yaml: 'YAML',
  xml: 'XML',
  text: 'text',
  tree: 'tree',
  table: 'table',
};
function spellingOf({ sourceFormat }: Plan): string {
  const spelling = sourceFormat.slice(sourceFormat.indexOf('-') + 1);
  return spellings[spelling] ?? spelling.toUpperCase();
}

/** `everything was understood`, `2 lines were not understood: line 14 …`. */
export function remarksOf(remarks: readonly Remark[]): string {
  const [first] = remarks;
  if (!first) return 'everything was understood';
  const many = remarks.length === 1 ? '1 line was' : `${remarks.length} lines were`;
  return `${many} not understood: line ${first.line}${remarks.length > 1 ? ' …' : ''}`;
}

/** `10.2 MB, 140,312 lines`. */
export function sizeOf(text: string): string {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  const unit = lines === 1 ? 'line' : 'lines';
  return `${bytes(text.length)}, ${lines.toLocaleString('en-US')} ${unit}`;
}

const bytes = (count: number): string =>
  count < 1_000
    ? `${count} B`
    : count < 1_000_000
      ? `${(count / 1_000).toFixed(1)} kB`
      : `${(count / 1_000_000).toFixed(1)} MB`;

/** What rules would have to know, in people's words. */
export const needWords = {
  tables: 'tables, columns and indexes',
  counters: 'what the server counted',
  shape: 'the statement’s text, parsed',
  settings: 'the server’s settings',
  previous: 'the plan before',
} as const;
