import { expect, it } from 'vitest';
import { planOf, seq } from '../../test/support/plans.ts';
import { toHtml } from './html.ts';

const finding = {
  rule: 'full-scan',
  severity: 'warning' as const,
  message: '<b>orders</b> is read whole',
  fix: 'CREATE INDEX …',
  nodes: [0],
};
const page = (name: string, table: string) => ({
  name,
  plan: planOf(seq(table)),
  findings: [finding],
});

it('holds the answer, the findings, the picture and the steps, and runs nothing', () => {
  const html = toHtml([page('a<b', 'orders')], 'light');
  for (const text of [
    'a&lt;b',
    '100% of the expected cost is a full scan of orders.',
    '▲ full-scan',
    '&lt;b&gt;orders&lt;/b&gt; is read whole',
    '<svg ',
    '5 expected',
    "default-src 'none'",
  ])
    expect(html).toContain(text);
  expect(html).not.toMatch(/<script|javascript:|https?:\/\/(?!www\.w3\.org)/);
});
it('keeps names from right to left apart, in words and in the picture', () => {
  const fix = 'CREATE INDEX ON t ("حالة", "رقم");';
  const html = toHtml([{ ...page('a', 'طلبات'), findings: [{ ...finding, fix }] }], 'light');
  expect(html).toContain('(&quot;<bdi>حالة</bdi>&quot;, &quot;<bdi>رقم</bdi>&quot;);');
  expect(html).toContain('>\u2068طلبات\u2069</text>');
});
it('says what changed since the plan before, in a table', () => {
  const html = toHtml([page('before', 'orders'), page('after', 'customers')], 'dark');
  expect(html).toContain(
    'Against before: Expected cost 10, as before: customers is read whole, too',
  );
  expect(html).toContain('<td class="step">+ new</td><td>–</td><td>Full scan · customers</td>');
  const same = toHtml([page('before', 'orders'), page('after', 'orders')], 'dark');
  expect(same).toContain('as before: the same plan.');
  expect(same).not.toContain('What changed');
});

it('names its script and its style by their hashes, and draws for where no script runs', () => {
  const hashOf = (text: string) => `'sha256-${text.length}'`;
  const live = { script: 'var a = "</script>"; // <!--', packed: ['v1.x'], hashOf };
  const html = toHtml([page('p', '"o\'s"')], 'light', { budget: Number.POSITIVE_INFINITY }, live);
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => String(text));
  expect(scripts).toHaveLength(1);
  expect(scripts[0]).toContain('var a = "<\\/script>"; // \\x3c!--');
  expect(scripts[0]).toContain('"fold":{"cards":"all"}');
  expect(html).toContain(`script-src ${hashOf(scripts[0] ?? '')};`);
  expect(html).toContain(`style-src ${hashOf(/<style>(.*)<\/style>/s.exec(html)?.[1] ?? '')};`);
  expect(html).not.toMatch(/unsafe-|style="/);
  expect(html).toMatch(/<dbintel-plan data-plan="v1.x" data-findings="\[\{&quot;rule.*?<svg /s);
});
