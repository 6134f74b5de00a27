import { describe, expect, it } from 'vitest';
import { attribute, child, lineAt, readXml } from './xml.ts';

describe('XML of servers', () => {
  it('is elements, attributes, text and characters by name or number', () => {
    const top = readXml(
      `<?xml version="1.0"?>\n<!-- <a> --><a x="1" text='&lt;b x="2"&gt;'><b/>t&#13;</a>`,
      9,
    );
    const a = child(top, 'a');
    expect(a?.children.map(({ name }) => name)).toEqual(['b']);
    expect(a && [attribute(a, 'x'), attribute(a, 'text'), attribute(a, 'b')]).toEqual([
      '1',
      '<b x="2">',
      undefined,
    ]);
  });
  it.each([
    ['<a>\n<b>\n</a>', 3],
    ['<a>\n', 2],
    ['<a>\n<b x=">', 2],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a/>', 1],
  ])('%j is none, and which line is told', (text, line) => {
    expect(() => readXml(text, 9)).toThrow(expect.objectContaining({ code: 'unparsable', line }));
  });
  it('is as deep as memory, and not deeper than is asked for', () => {
    const deep = '<a>'.repeat(20_000) + '</a>'.repeat(20_000);
    expect(readXml(deep, 20_001).children).toHaveLength(1);
    expect(() => readXml(deep, 600)).toThrow(expect.objectContaining({ code: 'too_large' }));
  });
  it('counts lines from 1', () => {
    expect([lineAt('a\nb\nc', 0), lineAt('a\nb\nc', 2), lineAt('a\nb\nc', 5)]).toEqual([1, 2, 3]);
  });
});
