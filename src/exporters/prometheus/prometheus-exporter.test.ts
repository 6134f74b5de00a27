import { describe, expect, it } from 'vitest';
import { explained, makeBatch, refused } from '../../../test/support/batch.ts';
import { createPrometheusExporter } from './prometheus-exporter.ts';
import { createPrometheusMetrics } from './prometheus-metrics.ts';

describe('metrics', () => {
  const batch = makeBatch({
    at: 1_000,
    queries: [explained('secret-fingerprint'), refused('other', 'untrusted_function')],
  });
  it('have help, bounded labels, and no text, fingerprint or hash among them', async () => {
    const metrics = createPrometheusMetrics();
    await createPrometheusExporter(metrics).export(batch);
    const text = await metrics.expose();
    expect(text).toContain(
      'dbintel_statements_total{namespace="shop",target="orders",result="explained"} 1',
    );
    expect(text).toContain(
      'dbintel_statements_total{namespace="shop",target="orders",result="untrusted_function"} 1',
    );
    expect(text).not.toMatch(/secret-fingerprint|ph2:|SELECT/);
    const names = [...text.matchAll(/^(dbintel_\w+?)(?:_bucket|_sum|_count)?\{/gm)].map(
      ([, name]) => name,
    );
    for (const name of names) expect(text).toMatch(new RegExp(`# HELP ${name}(?:_total)? \\S`));
  });
  it('a target that is gone takes all its series along', async () => {
    const metrics = createPrometheusMetrics();
    const exporter = createPrometheusExporter(metrics);
    await exporter.export(batch);
    await exporter.export({ ...batch, target: { ...batch.target, name: 'stays' } });
    exporter.forget({ namespace: 'shop', name: 'orders' });
    const text = await metrics.expose();
    expect(text).not.toContain('target="orders"');
    expect(text).toContain('target="stays"');
  });
});
