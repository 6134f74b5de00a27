import { AppError } from '../../base/errors.ts';
import { levelLimit } from '../bounds.ts';
import { type Document, oneDocument } from './plan-json.ts';

/**
 * `EXPLAIN (FORMAT XML)` → the document that FORMAT JSON would have been. Elements, text, and the
 * five entities that the server writes; declarations, and entities of one's own, are none of it.
 */
const mark = /<(\/?)([A-Za-z][\w-]*)[^<>]*?(\/?)>|<\?[^<>]*\?>|([^<]+)/gy;

interface Element {
  name: string;
  children: Element[];
  text: string;
}

/** Throws AppError: unparsable, too_large. */
export function readPlanXml(text: string): Document {
  const explain = readElements(text).children.find(({ name }) => name === 'explain');
  const queries = explain?.children.filter(({ name }) => name === 'Query') ?? [];
  return oneDocument(queries.map(toObject), 'XML');
}

function readElements(text: string): Element {
  const top: Element = { name: '', children: [], text: '' };
  const open = [top];
  mark.lastIndex = 0;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const [, closes, name, closed, content] = found;
    const inner = open.at(-1) ?? top;
    if (content !== undefined) inner.text += content;
    else if (name !== undefined && closes) {
      if (inner.name !== name) throw notOurs(`</${name}> ends <${inner.name}>`);
      open.pop();
    } else if (name !== undefined) {
      const element: Element = { name, children: [], text: '' };
      inner.children.push(element);
      if (!closed) open.push(element);
      if (open.length > levelLimit)
        throw new AppError('too_large', `plan of more than ${levelLimit} levels`);
    }
    if (mark.lastIndex === text.length) break;
  }
  if (open.length > 1) throw notOurs(`<${open.at(-1)?.name}> does not end`);
  return top;
}

const toObject = ({ children }: Element): Record<string, unknown> =>
  Object.fromEntries(children.map((child) => [keyOf(child), toValue(child)]));

/** `Node-Type` → `Node Type`; what JSON has a slash in is `I-O`. */
const keyOf = ({ name }: Element) => name.replace(/^I-O-/, 'I/O ').replaceAll('-', ' ');

function toValue(element: Element): unknown {
  const { name, children, text } = element;
  if (children.length === 0) return isName.test(name) ? decode(text) : scalar(decode(text));
  const [first] = children;
  if (name === 'Plans') return children.map(toObject);
  return first?.name === 'Item' ? children.map((each) => decode(each.text)) : toObject(element);
}

/** A table may be called 12. */
const isName = /Name$|^Alias$|^Schema$/;

const scalar = (text: string): string | number | boolean => {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
};

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const decode = (text: string): string =>
  text.replaceAll(/&(lt|gt|amp|quot|apos|#x0?d);/gi, (_, name: string) => entities[name] ?? '\r');

const notOurs = (what: string) =>
  new AppError('unparsable', `not XML as PostgreSQL writes it: ${what.slice(0, 60)}`);

/** Nobody else has that namespace. */
export const sniffPlanXml = (text: string): number =>
  /^\s*(?:<\?xml[^<>]*\?>\s*)?<explain xmlns="http:\/\/www\.postgresql\.org\/2009\/explain"/.test(
    text,
  )
    ? 1
    : 0;
