import { Link } from 'wouter';
import { effectOn } from '../../../src/model/proposal.ts';
import { round } from '../../../src/render/figures.ts';
import type { ProposalAnswer } from '../../data/advice.ts';
import { Button } from '../../parts/button.tsx';
import { queryPath } from '../paths.ts';
import styles from './advice.module.css';
import { costWords, perDay } from './advice-words.ts';

/** Who gains and who pays, by statement; the plans of one of them are shown beneath. */
type Effect = ProposalAnswer['evidence']['statements'][number];

export function Effects(props: {
  proposal: ProposalAnswer;
  /** By fingerprint. */
  shown: string | undefined;
  onShow(fingerprint: string): void;
}) {
  const { proposal, shown, onShow } = props;
  const { statements } = proposal.evidence;
  const by = Map.groupBy(statements, (each) => {
    const effect = effectOn(each);
    return effect === 'same' ? 'gains' : effect;
  });
  if (statements.length === 0)
    return <p className={styles.soft}>No statement that is known would gain or pay.</p>;
  return (
    <div className={styles.effects}>
      {(
        [
          ['Who gains', by.get('gains')],
          ['Who pays', by.get('pays')],
          ['Whom it is for, by rules', by.get('unplanned')],
        ] as const
      ).map(
        ([title, some]) =>
          some && (
            <section key={title} aria-label={title}>
              <h2>{title}</h2>
              <ul>
                {some.map((effect) => (
                  <Line
                    key={effect.fingerprint}
                    {...{ proposal, effect }}
                    shown={effect.fingerprint === shown}
                    onShow={onShow}
                  />
                ))}
              </ul>
            </section>
          ),
      )}
    </div>
  );
}

function Line(props: {
  proposal: ProposalAnswer;
  effect: Effect;
  shown: boolean;
  onShow(fingerprint: string): void;
}) {
  const { proposal, effect, shown, onShow } = props;
  const { target } = proposal;
  const { fingerprint, text, callsPerDay, msPerDay, planAfter } = effect;
  return (
    <li>
      <Link to={queryPath(target.namespace ?? '', target.name, fingerprint)} title={text}>
        <code>{text ?? fingerprint}</code>
      </Link>
      <span className={styles.soft}>
        cost {costWords(effect)} · {round(callsPerDay)} calls and {perDay(msPerDay)}
      </span>
      {planAfter !== undefined && (
        <Button kind="quiet" aria-pressed={shown} onClick={() => onShow(fingerprint)}>
          plans
        </Button>
      )}
    </li>
  );
}
