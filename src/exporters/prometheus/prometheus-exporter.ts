import type { Labels, Metrics } from '../../base/metrics.ts';
import type { ExportedTarget, Exporter } from '../exporter.ts';
import { type Figure, figuresOf } from './figures.ts';
import { type Meters, openMeters } from './meters.ts';

/** Batches → `dbintel_*`. A target that is gone takes its series along. */
export function createPrometheusExporter(metrics: Metrics): Required<Exporter> {
  const meters = openMeters(metrics);
  const known: KnownSeries = new Map();
  return {
    name: 'prometheus',
    async export(batch) {
      for (const figure of figuresOf(batch)) record(meters, known, batch.target, figure);
    },
    flush: async () => undefined,
    close: async () => undefined,
    forget(target) {
      for (const remove of known.get(keyOf(target))?.values() ?? []) remove();
      known.delete(keyOf(target));
    },
  };
}

/** Per target, how each of its series is removed. */
type KnownSeries = Map<string, Map<string, () => void>>;

const keyOf = ({ namespace, name }: ExportedTarget): string => `${namespace}/${name}`;

function record(meters: Meters, known: KnownSeries, target: ExportedTarget, figure: Figure): void {
  if (figure.kind === 'observe') return meters[figure.meter].observe(figure.value);
  const { meter } = figure;
  const labels: Labels = {
    namespace: target.namespace,
    target: target.name,
    ...figure.labels,
  };
  if (figure.kind === 'count') meters[figure.meter].inc(labels, figure.by);
  else meters[figure.meter].set(figure.value, labels);
  const series = known.get(keyOf(target)) ?? new Map<string, () => void>();
  known.set(keyOf(target), series);
  series.set(`${meter} ${Object.values(figure.labels).join(' ')}`, () =>
    meters[meter].remove(labels),
  );
}
