import { useEffect, useState } from 'react';
import type { Plan } from '../../../src/model/plan.ts';
import { differenceSentence } from '../../../src/render/difference-sentence.ts';
import { sentenceOf } from '../../../src/render/sentence.ts';
import { Chip } from '../../parts/chip.tsx';
import type { Answer } from '../../worker/protocol.ts';
import styles from './examples.module.css';
import { examples } from './examples.ts';
import type { Given } from './paste-state.ts';
import { Thumbnail } from './thumbnail.tsx';

/** Plans to begin with, each with its picture: read here and now, as any other one. */
export function ExampleCards(props: {
  ask(texts: readonly Given[]): Promise<readonly Answer[]>;
  onOpen(texts: readonly Given[]): void;
}) {
  const { ask, onOpen } = props;
  const [plans, setPlans] = useState<ReadonlyMap<Given, Plan>>(new Map());
  useEffect(() => {
    let wanted = true;
    const texts = examples.flatMap((each) => each.texts);
    void ask(texts).then(
      (answers) => wanted && setPlans(plansOf(texts, answers)),
      // A plan was given meanwhile: nobody looks at examples.
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [ask]);
  return (
    <section className={styles.examples} aria-labelledby="examples">
      <h2 id="examples">Or begin with one of these</h2>
      <ul>
        {examples.map(({ title, engine, texts }) => {
          const [first, second] = texts.map((text) => plans.get(text));
          const plan = second ?? first;
          return (
            <li key={texts.map(({ name }) => name).join()}>
              <button type="button" onClick={() => onOpen(texts)}>
                <span className={styles.picture}>{plan && <Thumbnail plan={plan} />}</span>
                <span className={styles.title}>
                  <b>{title}</b> <Chip>{texts.length > 1 ? `${engine}, compared` : engine}</Chip>
                </span>
                <span className={styles.sentence}>
                  {first && second
                    ? differenceSentence(first, second)
                    : plan
                      ? sentenceOf(plan)
                      : ' '}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const plansOf = (texts: readonly Given[], answers: readonly Answer[]) =>
  new Map(
    texts.flatMap((given, at) => {
      const answer = answers[at];
      return answer?.kind === 'plan' ? [[given, answer.plan] as const] : [];
    }),
  );
