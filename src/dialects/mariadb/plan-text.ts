import { AppError } from '../../base/errors.ts';
import { type Json, type Pairs, parsePairs } from '../json-pairs.ts';

/**
 * What MariaDB prints as JSON and is none: quotes within its texts are not escaped, so a literal
 * could pass for keys and values. Its layout tells them apart. Each member has a line of its own,
 * two more blanks for each level, and no literal spans lines (a line break in one is printed as
 * `\n` or `\x0A`). Only a name in backticks may. So a text ends where its line does, and the next
 * line is one that may follow. Reads each character a bounded number of times.
 */

/** The server's own limit of nesting is 63 levels of SELECT, with some objects in each. */
const deepest = 500;

/** Throws AppError('unparsable') for what is neither in that layout nor JSON. */
export function parseMariadb(text: string): Pairs {
  if (!text.startsWith('{\n')) return parsePairs(text);
  const state: State = { text, at: 2, depth: 0 };
  const top = readMembers(state, 2);
  if (text.slice(state.at).trim() !== '') fail();
  return top;
}

interface State {
  text: string;
  at: number;
  depth: number;
}

function fail(): never {
  throw new AppError('unparsable', 'not a JSON plan of MariaDB');
}

const startsWith = ({ text, at }: State, what: string) => text.startsWith(what, at);

function skip(state: State, what: string): void {
  if (!startsWith(state, what)) fail();
  state.at += what.length;
}

function lineEnd({ text }: State, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** From the first member's line to behind the closing brace. */
function readMembers(state: State, indent: number): Pairs {
  const pairs: Pairs['pairs'] = [];
  const scalars = new Set<string>();
  const blanks = ' '.repeat(indent);
  const close = `${' '.repeat(indent - 2)}}`;
  enter(state);
  while (!startsWith(state, close)) {
    skip(state, `${blanks}"`);
    const end = state.text.indexOf('": ', state.at);
    const key = state.text.slice(state.at, end);
    if (end < 0 || !/^[A-Za-z_-]{1,64}$/.test(key)) fail();
    state.at = end + 3;
    const value = readValue(state, indent, key);
    // Tables are repeated within one object; names, numbers and conditions never.
    if (scalars.has(key)) fail();
    if (typeof value !== 'object') scalars.add(key);
    pairs.push([key, value]);
    endLine(state);
  }
  skip(state, close);
  state.depth -= 1;
  return { pairs };
}

function enter(state: State): void {
  state.depth += 1;
  if (state.depth > deepest) fail();
}

function endLine(state: State): void {
  if (startsWith(state, ',')) state.at += 1;
  skip(state, '\n');
}

function readValue(state: State, indent: number, key: string): Json {
  if (startsWith(state, '{\n')) {
    state.at += 2;
    return readMembers(state, indent + 2);
  }
  if (startsWith(state, '[\n')) {
    state.at += 2;
    return readElements(state, indent + 2, key);
  }
  if (startsWith(state, '"')) return readText(state, indent, key);
  return readRest(state);
}

function readElements(state: State, indent: number, key: string): Json[] {
  const elements: Json[] = [];
  const blanks = ' '.repeat(indent);
  const close = `${' '.repeat(indent - 2)}]`;
  enter(state);
  while (!startsWith(state, close)) {
    skip(state, blanks);
    elements.push(readValue(state, indent, key));
    endLine(state);
  }
  skip(state, close);
  state.depth -= 1;
  return elements;
}

/** A number, a word, an empty object, or a list of names on one line: `["code", "id"]`. */
function readRest(state: State): Json {
  const end = lineEnd(state, state.at);
  const line = state.text.slice(state.at, end).replace(/,$/, '');
  state.at += line.length;
  if (line === 'true' || line === 'false') return line === 'true';
  if (line === 'null') return null;
  if (line === '{}') return { pairs: [] };
  if (line === '[]') return [];
  if (line.startsWith('["') && line.endsWith('"]')) return line.slice(2, -2).split('", "');
  const number = Number(line);
  return line !== '' && Number.isFinite(number) ? number : fail();
}

/** Texts that are names, as they are; all others are SQL. */
const names = new Set([
  'table_name',
  'key',
  'possible_keys',
  'used_key_parts',
  'ref',
  'partitions',
  'key_length',
  'message',
]);

function readText(state: State, indent: number, key: string): string {
  const start = state.at + 1;
  const sql: Sql = { quoted: false, kept: '' };
  let from = start;
  for (;;) {
    const end = lineEnd(state, from);
    const comma = state.text[end - 1] === ',';
    const last = comma ? end - 2 : end - 1;
    const ends =
      last >= from && state.text[last] === '"' && mayFollow(state, end + 1, indent, comma);
    const line = state.text.slice(from, ends ? last : end);
    if (!names.has(key)) readSqlLine(line, sql);
    if (ends && !sql.quoted) {
      state.at = last + 1;
      return names.has(key) ? state.text.slice(start, last) : sql.kept;
    }
    if (end >= state.text.length) fail();
    // The name goes on: what seemed to be the end is part of it.
    sql.kept += `${ends ? state.text.slice(last, end) : ''}\n`;
    from = end + 1;
  }
}

function mayFollow({ text }: State, at: number, indent: number, comma: boolean): boolean {
  if (!comma)
    return (
      /^[}\]]/.test(text.slice(at + indent - 2, at + indent - 1)) && blank(text, at, indent - 2)
    );
  return /^["{[]/.test(text.slice(at + indent, at + indent + 1)) && blank(text, at, indent);
}

const blank = (text: string, at: number, length: number) =>
  text.slice(at, at + length).trim() === '' && !text.slice(at, at + length).includes('\n');

interface Sql {
  /** Within a name in backticks. */
  quoted: boolean;
  /** What was read, as our lexer can read it again. */
  kept: string;
}

const introducer = /(?<![\w$.`])_[a-z0-9]+$/i;

/**
 * A literal with a character set before it (`_latin1'it's'`) is printed as it is: nobody can tell
 * where it ends, but it does not end behind the line's last quote, and everything up to there is
 * given up.
 */
function readSqlLine(line: string, sql: Sql): void {
  let at = 0;
  let kept = 0;
  while (at < line.length) {
    const char = line[at];
    if (sql.quoted) {
      if (char === '`') sql.quoted = false;
      at += 1;
    } else if (char === '`') {
      sql.quoted = true;
      at += 1;
    } else if (char === "'" && introducer.test(line.slice(Math.max(0, at - 40), at))) {
      sql.kept += `${line.slice(kept, at)}''`;
      at = kept = line.lastIndexOf("'") + 1;
    } else if (char === "'") at = endOfLiteral(line, at);
    else at += 1;
  }
  sql.kept += line.slice(kept);
}

function endOfLiteral(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === "'") return at + 1;
  }
  return line.length;
}
