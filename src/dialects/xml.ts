import { dictionary } from '../base/dictionary.ts';
import { AppError } from '../base/errors.ts';

/**
 * XML as servers print plans: elements, attributes, text, and characters by name or number.
 * Declarations, and entities of one's own, are none of it. Read without calling itself, so that
 * only memory bounds its depth.
 */
export interface Element {
  name: string;
  /** As they are written; `attribute` reads one. */
  attributes: string;
  read?: Map<string, string>;
  children: Element[];
  text: string;
}

const tag = /<(\/?)([A-Za-z][\w:.-]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(\/?)>/;
const skipped = /<\?[^<>]*\?>|<!--[\s\S]*?-->/;
const mark = new RegExp(`${tag.source}|${skipped.source}|([^<]+)`, 'gy');

/** The elements at the top, below one without a name. Throws AppError: unparsable, too_large. */
export function readXml(text: string, levels: number): Element {
  const top: Element = { name: '', attributes: '', children: [], text: '' };
  const open = [top];
  mark.lastIndex = 0;
  let at = 0;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    at = mark.lastIndex;
    const [, closes, name, attributes = '', closed, content] = found;
    const inner = open.at(-1) ?? top;
    if (content !== undefined) inner.text += content;
    else if (name !== undefined && closes) {
      if (inner.name !== name) throw broken(`</${name}> ends <${inner.name}>`, text, at);
      open.pop();
    } else if (name !== undefined) {
      const element: Element = { name, attributes, children: [], text: '' };
      inner.children.push(element);
      if (!closed) open.push(element);
      if (open.length > levels)
        throw new AppError('too_large', `plan of more than ${levels} levels`);
    }
    if (at === text.length) break;
  }
  if (open.length > 1) throw broken(`<${open.at(-1)?.name}> does not end`, text, at);
  if (at < text.length) throw broken('no element', text, at);
  return top;
}

const broken = (what: string, text: string, at: number) =>
  new AppError('unparsable', `not well-formed XML: ${what.slice(0, 60)}`, {
    line: lineAt(text, at),
  });

/** From 1. */
export function lineAt(text: string, at: number): number {
  let line = 1;
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', end + 1))
    line += 1;
  return line;
}

export const child = ({ children }: Element, name: string): Element | undefined =>
  children.find((each) => each.name === name);

export const childrenOf = ({ children }: Element, name: string): Element[] =>
  children.filter((each) => each.name === name);

const attributesOf = (element: Element): Map<string, string> =>
  (element.read ??= readAttributes(element.attributes));

export const attributeNames = (element: Element): string[] => [...attributesOf(element).keys()];

/** Undefined where there is none of that name. */
export function attribute(element: Element, name: string): string | undefined {
  const value = attributesOf(element).get(name);
  return value === undefined ? undefined : decodeXml(value);
}

const pair = /\s*([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gy;

function readAttributes(text: string): Map<string, string> {
  const found = new Map<string, string>();
  pair.lastIndex = 0;
  for (let each = pair.exec(text); each; each = pair.exec(text))
    found.set(each[1] ?? '', each[2] ?? each[3] ?? '');
  return found;
}

const entities = dictionary<string>({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" });

export const decodeXml = (text: string): string =>
  text.includes('&')
    ? text.replaceAll(/&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi, decoded)
    : text;

const decoded = (whole: string, name?: string, decimal?: string, hex?: string): string => {
  if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
};
