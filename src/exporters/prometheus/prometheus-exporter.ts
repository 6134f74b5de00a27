import type { Labels, Metrics } from '../../base/metrics.ts';
import type { ExportedTarget, Exporter } from '../exporter.ts';
import { type Figure, figuresOf } from './figures.ts';
import { type Meters, openMeters } from './meters.ts';

/** Batches → `dbintel_*`. A target that is gone takes its series along. */
export function createPrometheusExporter(metrics: Metrics): Required<Exporter> {
  const meters = openMeters(metrics);
  const kinds: SeriesKinds = new Map();
  const known: KnownSeries = new Map();
  return {
    name: 'prometheus',
    async export(batch) {
      for (const figure of figuresOf(batch)) record(meters, { kinds, known }, batch.target, figure);
    },
    flush: async () => undefined,
    close: async () => undefined,
    forget(target) {
      for (const { meter, labels } of known.get(keyOf(target)) ?? [])
        meters[meter].remove({ ...labelsOf(target), ...labels });
      known.delete(keyOf(target));
    },
  };
}

type Counted = Exclude<Figure, { kind: 'observe' }>;

/** A series without its target: all targets have the same few dozen, so each is kept once. */
type SeriesKind = Pick<Counted, 'meter' | 'labels'>;
type SeriesKinds = Map<string, SeriesKind>;
/** What there is of each target. */
type KnownSeries = Map<string, Set<SeriesKind>>;

const keyOf = ({ namespace, name }: ExportedTarget): string => `${namespace}/${name}`;
const labelsOf = ({ namespace, name }: ExportedTarget): Labels => ({ namespace, target: name });

function record(
  meters: Meters,
  { kinds, known }: { kinds: SeriesKinds; known: KnownSeries },
  target: ExportedTarget,
  figure: Figure,
): void {
  if (figure.kind === 'observe') return meters[figure.meter].observe(figure.value);
  const labels = { ...labelsOf(target), ...figure.labels };
  if (figure.kind === 'count') meters[figure.meter].inc(labels, figure.by);
  else meters[figure.meter].set(figure.value, labels);
  const series = known.get(keyOf(target)) ?? new Set();
  known.set(keyOf(target), series);
  series.add(kindOf(kinds, figure));
}

function kindOf(kinds: SeriesKinds, { meter, labels }: SeriesKind): SeriesKind {
  const name = `${meter} ${Object.values(labels).join(' ')}`;
  const kind = kinds.get(name) ?? { meter, labels };
  kinds.set(name, kind);
  return kind;
}
