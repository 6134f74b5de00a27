import { type Figure, type Pair, pairedRow } from './figures.ts';
import { machine } from './harness.ts';
import { atRestFigures, pairAtRest } from './pair-at-rest.ts';
import { factsFigures, pairFacts } from './pair-facts.ts';
import { firstSightFigures, pairFirstSight } from './pair-first-sight.ts';
import { fleetFigures, pairFleet } from './pair-fleet.ts';
import { pairPipeline, pipelineFigures } from './pair-pipeline.ts';
import { otherRevision, type Revision, thisRevision } from './revision.ts';
import { say, type Table } from './table.ts';

/**
 * `make bench PAIR=revision [ONLY=name,…]`: the figures of another revision and of this one, in
 * turns, on one machine in one run. All parts take some 20 minutes.
 */
interface PairPart {
  title: string;
  how: string;
  figures: readonly Figure[];
  measure(before: Revision, after: Revision): Promise<Pair>;
}

export const pairParts: Readonly<Record<string, PairPart>> = {
  pipeline: {
    title: 'the warm pipeline',
    how: 'each revision runs its own bench/pipeline.ts',
    figures: pipelineFigures,
    measure: pairPipeline,
  },
  'first-sight': {
    title: 'statements never seen before',
    how:
      'the bundles, standalone, and the OpenTelemetry Collector’s PostgreSQL receiver in turns ' +
      'over one server: 400 statements begin, and 22 s later 400 others; EXPLAINs sent by the ' +
      'server’s log, in one further run of each',
    figures: firstSightFigures,
    measure: pairFirstSight,
  },
  'at-rest': {
    title: 'one process at rest',
    how:
      'the bundles, standalone, one target with 10 statements that run no more; started in ' +
      'turns, watched together for four minutes after eight',
    figures: atRestFigures,
    measure: pairAtRest,
  },
  facts: {
    title: 'database time of a target, with facts',
    how:
      'the bundles, standalone, on PostgreSQL 18, MySQL 9 and MariaDB 11.4: 24 tables, 96 ' +
      'statements that run all the time, a cycle every 10 s; what the collector’s statements ' +
      'take, as PostgreSQL counts it, and as the collector waits for it on the others: 20 s ' +
      'with the first cycles, and 40 s more; after a run that is not counted',
    figures: factsFigures,
    measure: pairFacts,
  },
  fleet: {
    title: 'a fleet',
    how:
      'the bundles as operators on the stage of `operator` and `fleet`, Redis emptied before ' +
      'each; overload: 1,600 targets every 10 s, for 40 s; owned: from 1 min after the first ' +
      'cycle of the last, once',
    figures: fleetFigures,
    measure: pairFleet,
  },
};

export async function* pairWith(wanted: string, only: readonly string[]): AsyncGenerator<Table> {
  const [before, after] = [otherRevision(wanted), thisRevision()];
  for (const name of only) {
    const part = pairParts[name] as PairPart;
    say(`measuring ${name} of ${before.name} and ${after.name} …`);
    const began = performance.now();
    const pair = await part.measure(before, after);
    const took = Math.round((performance.now() - began) / 1_000);
    yield {
      title: `Paired with ${wanted}: ${part.title}`,
      about:
        `${part.how}. \`make bench PAIR=${wanted} ONLY=${name}\`: ${before.name} and ` +
        `${after.name}, ${pair.after.length} rounds in ${took} s, ` +
        `${new Date().toISOString().slice(0, 10)}, ${machine()}.`,
      columns: ['figure', 'before', 'after', 'after / before', 'goal'],
      rows: part.figures.map((figure) => pairedRow(figure, pair)),
    };
  }
}
