import { describe, expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { sceneOf } from './scene.ts';
import { escape, toSvg } from './svg.ts';
import { themes } from './theme.ts';

const hostile = '</svg><script>alert(1)</script>"&\u0000\uD800';
const plan = planOf(
  joined('Hash Join', seq('orders', { Filter: '(a = 5)' }), seq(hostile), {
    'Hash Cond': '(orders.id = c.id)',
  }),
);

describe('a drawn plan', () => {
  const svg = toSvg(sceneOf(plan), themes.light, hostile);
  it('is one document, whatever the names in it are', () => {
    expect(svg.match(/<svg/g)).toHaveLength(1);
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;/svg&gt;&lt;script&gt;');
    expect(svg.isWellFormed()).toBe(true);
    expect(svg).not.toMatch(/[^\P{Cc}\n]/u);
  });
  it('says what each step does, to what, and how much it is', () => {
    for (const text of ['Hash join', 'Full scan', 'orders', '5 rows expected'])
      expect(svg).toContain(`>${text}<`);
    expect(svg).not.toContain('a = 5');
  });
  it('marks steps with findings by a shape', () => {
    const findings = [{ severity: 'critical' as const, nodes: [1] }];
    const marked = sceneOf(plan, { findings });
    expect(marked.cards.map(({ badge }) => badge)).toEqual([undefined, 'critical', undefined]);
    expect(toSvg(marked, themes.dark)).toContain(themes.dark.critical);
  });
});
it('escapes what XML has no place for', () => {
  expect(escape('a<b>&"\u0001\uDC00')).toBe('a&lt;b&gt;&amp;&quot;\uFFFD\uFFFD');
  expect(escape('a\u202Eb\u2066c\u2069')).toBe('a\uFFFDb\uFFFDc\uFFFD');
  expect(escape('us\u200Bers\uFEFF')).toBe('us\uFFFDers\uFFFD');
});
