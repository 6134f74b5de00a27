import type { SourceFormat } from '../../model/plan.ts';
import type { Reading } from '../reading.ts';
import { readDocument, readPostgresJson, sniffPostgresJson } from './plan-json.ts';
import { readPlanText, sniffPlanText } from './plan-text.ts';
import { readPlanXml, sniffPlanXml } from './plan-xml.ts';
import { readPlanYaml, sniffPlanYaml } from './plan-yaml.ts';

/** The four formats of EXPLAIN, in the order in which they are looked for. */
interface Spelling {
  format: SourceFormat;
  /** 0 (it is not that) to 1 (nothing else looks so). */
  sniff(text: string): number;
  /** Throws AppError: unparsable, too_large. */
  read(text: string): Reading;
}

const json: Spelling = {
  format: 'postgres-json',
  sniff: sniffPostgresJson,
  read: readPostgresJson,
};
const spellings: readonly Spelling[] = [
  json,
  {
    format: 'postgres-xml',
    sniff: sniffPlanXml,
    read: (text) => readDocument(readPlanXml(text)),
  },
  {
    format: 'postgres-yaml',
    sniff: sniffPlanYaml,
    read: (text) => readDocument(readPlanYaml(text)),
  },
  {
    format: 'postgres-text',
    sniff: sniffPlanText,
    read: (text) => readDocument(readPlanText(text)),
  },
];

/** The format of a text; JSON’s reader says what is wrong with what is none of them. */
export const spellingOf = (text: string): Spelling =>
  // What the collector asks for is not looked at twice.
  /^\s*[[{]/.test(text) ? json : (spellings.find(({ sniff }) => sniff(text) > 0) ?? json);

export const sniffPostgres = (text: string): number =>
  Math.max(...spellings.map(({ sniff }) => sniff(text)));
