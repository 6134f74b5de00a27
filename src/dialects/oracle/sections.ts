import type { Predicate } from '../../model/plan.ts';
import { spelledPredicate } from '../spell.ts';

/** What DBMS_XPLAN prints below its table: conditions of the operations, aliases, notes. */
export interface Sections {
  conditions: ReadonlyMap<number, Conditions>;
  aliases: ReadonlyMap<number, string>;
  notes: string[];
  /** Lines of no section that is known. */
  strange: string[];
}

export interface Conditions {
  access: Predicate[];
  filter: Predicate[];
}

const titles: readonly (readonly [RegExp, Section])[] = [
  [/^\s*Predicate Information \(identified by/, 'conditions'],
  [/^\s*Query Block Name \/ Object Alias/, 'aliases'],
  [/^\s*Note\s*$/, 'notes'],
  [
    /^\s*(?:Column Projection Information|Outline Data|Peeked Binds|Remote SQL Information)/,
    'skipped',
  ],
  [/^\s*(?:Hint Report|Statistics\s*$|Query Block Registry|Result Cache Information)/, 'skipped'],
  [/^\s*(?:Sql Plan Directive|SQL Analysis Report|Content of other_xml)/i, 'skipped'],
  [/^SQL_ID\b|^Plan hash value:|^PLAN_TABLE_OUTPUT/, 'skipped'],
];
type Section = 'conditions' | 'aliases' | 'notes' | 'skipped';

export function readSections(lines: readonly string[]): Sections {
  const conditions: string[] = [];
  const aliases = new Map<number, string>();
  const notes: string[] = [];
  const strange: string[] = [];
  let section: Section | undefined;
  for (const line of lines) {
    const next = titles.find(([title]) => title.test(line))?.[1];
    if (next) section = next;
    else if (isFrame(line)) continue;
    else if (section === 'conditions') conditions.push(line);
    else if (section === 'aliases') {
      const found = /^\s*(\d+) - \S+(?: \/ "?([^"@]+)"?@)?/.exec(line);
      if (found?.[2]) aliases.set(Number(found[1]), found[2]);
    } else if (section === 'notes') notes.push(line.trim().replace(/^- /, ''));
    else if (section === undefined) strange.push(line);
  }
  return { conditions: readConditions(conditions), aliases, notes, strange };
}

const isFrame = (line: string) =>
  /^\s*-*\s*$/.test(line) || /^\s*\d+ rows? selected\.?\s*$/i.test(line) || line.trim() === '*/';

const begins = /^\s*(\d+) - (access|filter|storage)\(/;
const goesOn = /^\s*(access|filter|storage)\(/;

/** `  4 - access("O"."ID"=:1)`, `      filter(…)`; what is too long for a line has several. */
function readConditions(lines: readonly string[]): Map<number, Conditions> {
  const found = new Map<number, Conditions>();
  let id = -1;
  let open: Open = { text: [], depth: 0, quote: '' };
  const end = () => {
    if (open.text.length > 0) add(found, id, open.text.join(''));
  };
  for (const line of lines) {
    const start = begins.exec(line);
    if (start || (goesOn.test(line) && open.quote === '')) {
      end();
      id = start ? Number(start[1]) : id;
      open = goOn({ text: [], depth: 0, quote: '' }, line.replace(/^\s*(?:\d+ - )?/, ''));
    } else if (open.depth > 0) open = goOn(open, line.replace(/^ {7}/, ' '));
  }
  end();
  return found;
}

/** A condition as far as it is read: its parentheses, and a literal that does not end yet. */
interface Open {
  text: string[];
  depth: number;
  quote: string;
}

function goOn({ text, depth: before, quote: open }: Open, line: string): Open {
  let [depth, quote] = [before, open];
  for (const mark of line)
    if (quote) quote = mark === quote ? '' : quote;
    else if (mark === "'" || mark === '"') quote = mark;
    else if (mark === '(') depth += 1;
    else if (mark === ')') depth -= 1;
  text.push(line);
  return { text, depth, quote };
}

function add(found: Map<number, Conditions>, id: number, text: string): void {
  const kind = text.slice(0, text.indexOf('('));
  const inner = text.slice(kind.length + 1).replace(/\)\s*$/, '');
  const conditions = found.get(id) ?? { access: [], filter: [] };
  found.set(id, conditions);
  // What storage could already leave out is a filter as well, and printed as one.
  if (kind === 'storage' || inner.trim() === '') return;
  conditions[kind === 'access' ? 'access' : 'filter'].push(spelledPredicate(inner));
}
