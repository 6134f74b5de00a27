import type { Metric, Registry } from 'prom-client';
import { nextTurn } from '../../base/node/turn.ts';

/**
 * What a scrape reads, piece by piece with others' turns in between: of 7,000 targets it is a
 * hundred thousand lines, which are half a second's work.
 */
const linesAtOnce = 500;

type Gathered = Awaited<ReturnType<Metric['get']>>;

/** Whatever cannot be read is thrown before the first piece. */
export async function* exposition(registry: Registry): AsyncGenerator<string> {
  const all: Gathered[] = [];
  for (const metric of registry.getMetricsAsArray() as unknown as ToRead[]) {
    all.push(await (metric.getForPromString?.() ?? metric.get()));
    await nextTurn();
  }
  for (const each of all) yield* linesOf(registry, each);
}

interface ToRead {
  get(): Promise<Gathered>;
  /** Of histograms: without what is only for JSON. */
  getForPromString?(): Promise<Gathered>;
}

/** Which it has beside what its types tell. */
interface Writes {
  getMetricsAsString(metric: ToRead): Promise<string>;
}

async function* linesOf(registry: Registry, gathered: Gathered): AsyncGenerator<string> {
  const { values } = gathered;
  for (let from = 0; from === 0 || from < values.length; from += linesAtOnce) {
    const some = { ...gathered, values: values.slice(from, from + linesAtOnce) };
    const text = await (registry as unknown as Writes).getMetricsAsString({
      get: async () => some,
    });
    yield `${from ? text.slice(headEnd(text)) : text}\n`;
    await nextTurn();
  }
  yield '\n';
}

/** After the lines of HELP and TYPE, which are told once. */
const headEnd = (text: string): number => text.indexOf('\n', text.indexOf('\n') + 1) + 1;
