import type { FleetCounts } from '../../data/answers.ts';
import { Shape } from '../../parts/mark.tsx';
import type { Change } from '../address.ts';
import { FixFirst } from './fix-first.tsx';
import styles from './fleet.module.css';
import { fleetSentence } from './fleet-sentence.ts';
import { ReplicasLine, Silence } from './replicas-line.tsx';
import { Tiles } from './tiles.tsx';

/** The answer, what it is made of, and who collects. */
export function FleetHead(props: {
  counts: FleetCounts;
  question: { state?: string | undefined; findings?: string | undefined };
  change(change: Change): void;
}) {
  const { counts, question, change } = props;
  const { tone, answer, rest } = fleetSentence(counts);
  return (
    <section className={styles.head} aria-label="the fleet in short">
      <h1>
        <Shape tone={tone} size={16} />
        {answer} <span>{rest}</span>
      </h1>
      {counts.findings.all > 0 && <FixFirst />}
      <Tiles
        counts={counts}
        state={question.state}
        findings={question.findings}
        onChange={change}
      />
      <ReplicasLine />
      <Silence />
    </section>
  );
}
