import { levelLimit } from '../bounds.ts';
import { childrenOf, decodeXml, type Element, readXml } from '../xml.ts';
import { type Document, oneDocument } from './plan-json.ts';

/** `EXPLAIN (FORMAT XML)` → the document that FORMAT JSON would have been. */

/** Throws AppError: unparsable, too_large. */
export function readPlanXml(text: string): Document {
  const explain = readXml(text, levelLimit).children.find(({ name }) => name === 'explain');
  return oneDocument(explain ? childrenOf(explain, 'Query').map(toObject) : [], 'XML');
}

const toObject = ({ children }: Element): Record<string, unknown> =>
  Object.fromEntries(children.map((child) => [keyOf(child), toValue(child)]));

/** `Node-Type` → `Node Type`; what JSON has a slash in is `I-O`. */
const keyOf = ({ name }: Element) => name.replace(/^I-O-/, 'I/O ').replaceAll('-', ' ');

function toValue(element: Element): unknown {
  const { name, children, text } = element;
  if (children.length === 0) return isName.test(name) ? decodeXml(text) : scalar(decodeXml(text));
  const [first] = children;
  if (name === 'Plans') return children.map(toObject);
  return first?.name === 'Item' ? children.map((each) => decodeXml(each.text)) : toObject(element);
}

/** A table may be called 12. */
const isName = /Name$|^Alias$|^Schema$/;

const scalar = (text: string): string | number | boolean => {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
};

/** Nobody else has that namespace. */
export const sniffPlanXml = (text: string): number =>
  /^\s*(?:<\?xml[^<>]*\?>\s*)?<explain xmlns="http:\/\/www\.postgresql\.org\/2009\/explain"/.test(
    text,
  )
    ? 1
    : 0;
