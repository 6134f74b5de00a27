import type { TargetAnswer } from '../../data/target-answers.ts';
import { Age } from '../../parts/age.tsx';
import { Chip } from '../../parts/chip.tsx';
import { CodeWord } from '../../parts/code-word.tsx';
import { Shape } from '../../parts/mark.tsx';
import { engineWords } from '../fleet/state-words.ts';
import styles from './target.module.css';
import { verdictOf } from './verdict.ts';

/** Its name, what it is, who collects it, and in one sentence how it is. */
export function TargetHead({ target }: { target: TargetAnswer }) {
  const { namespace, name, engine, suspend, status } = target;
  const { server, ownership, updatedAt } = status ?? {};
  const verdict = verdictOf(target);
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        <h1>
          <span className={styles.soft}>{namespace}/</span>
          {name}
        </h1>
        <span>{engineWords(engine ?? null, server?.version ?? null)}</span>
        {server && <Chip>{server.role}</Chip>}
        {suspend && <Chip title="spec.suspend is set: no cycle runs">suspended</Chip>}
        <span className={styles.soft}>
          {ownership && (
            <span title={`holder ${ownership.holder}`}>
              collected by {ownership.pod ?? 'this program'}, epoch {ownership.epoch}
            </span>
          )}
          {updatedAt && (
            <>
              {' · as of '}
              <Age at={Date.parse(updatedAt)} />
            </>
          )}
        </span>
      </div>
      <p className={styles.verdict} data-tone={verdict.tone}>
        <Shape tone={verdict.tone} size={14} />
        <strong>{verdict.headline}</strong>
        {verdict.tone !== 'calm' && verdict.since && (
          <span className={styles.soft}>
            since <Age at={verdict.since} />
          </span>
        )}
        {verdict.nextTry && (
          <span className={styles.soft}>
            next attempt <Age at={verdict.nextTry} />
          </span>
        )}
        {verdict.code && <CodeWord code={verdict.code} word="What to do" />}
      </p>
      {verdict.why && <p className={styles.why}>{verdict.why}</p>}
    </header>
  );
}
