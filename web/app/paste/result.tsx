import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Chip } from '../../parts/chip.tsx';
import { Popover } from '../../parts/popover.tsx';
import type { ReadPlan } from '../../worker/protocol.ts';
import { Keep } from './keep.tsx';
import type { Looked } from './paste-state.ts';
import { type Choices, PlanPicture } from './plan-picture.tsx';
import styles from './result.module.css';
import { UnaskedRules } from './unasked-rules.tsx';
import { formatOf, remarksOf, sizeOf } from './words.ts';

/**
 * What was read, and what can be done with it. The answer, what is wrong and what to do are said by
 * the picture itself.
 */
export function Result(props: {
  shown: readonly [Looked, ...Looked[]];
  choices: Choices;
  theme: 'light' | 'dark' | 'system';
  onChoose(choices: Choices): void;
  onCompare(): void;
  onShow(texts: readonly Looked[]): void;
  onClear(): void;
}) {
  const { shown, choices, theme, onChoose, onCompare, onShow, onClear } = props;
  const [before, after] = shown.length > 1 ? [shown[0], shown[1]] : [undefined, shown[0]];
  const { read, given } = after ?? shown[0];
  const { plan, findings, unasked } = read;
  const [picture, setPicture] = useState({ plan, findings, previous: before?.read.plan, theme });
  if (picture.plan !== plan || picture.theme !== theme)
    setPicture({ plan, findings, previous: before?.read.plan, theme });
  return (
    <article className={styles.result} aria-labelledby="plan-name">
      <header className={styles.head}>
        <h1 id="plan-name">{before ? `${before.given.name} → ${given.name}` : given.name}</h1>
        <Understood looked={after ?? shown[0]} />
        <nav aria-label="what to do with the plan">
          {before && after ? (
            <>
              <Button onClick={() => onShow([after, before])}>Swap</Button>
              <Button onClick={() => onShow([after])}>Show the later alone</Button>
            </>
          ) : (
            <Button onClick={onCompare}>Compare…</Button>
          )}
          <Keep shown={shown} choices={choices} />
          <Button onClick={onClear}>Another plan</Button>
        </nav>
      </header>
      <PlanPicture shown={picture} choices={choices} onChoose={onChoose} />
      <UnaskedRules unasked={unasked} />
      {plan.queryText !== undefined && (
        <details className={styles.more}>
          <summary>The statement, without literals</summary>
          <pre>{plan.queryText}</pre>
        </details>
      )}
    </article>
  );
}

/** What was understood, in a chip; what was not, with its lines. */
function Understood({ looked: { given, read } }: { looked: Looked }) {
  const { remarks } = read;
  return (
    <div className={styles.understood}>
      <Chip>{formatOf(read)}</Chip>
      <div>
        {sizeOf(given.text)};{' '}
        {remarks.length === 0 ? (
          remarksOf(remarks)
        ) : (
          <Popover word={remarksOf(remarks)}>
            <RemarkLines remarks={remarks} />
          </Popover>
        )}
      </div>
    </div>
  );
}

/** More are not read by anybody. */
const mostRemarks = 12;

function RemarkLines({ remarks }: Pick<ReadPlan, 'remarks'>) {
  return (
    <>
      <p>The plan is right without these lines; they may say more.</p>
      <ul className={styles.remarks}>
        {remarks.slice(0, mostRemarks).map(({ line, text }) => (
          <li key={line}>
            {line} <code>{text}</code>
          </li>
        ))}
      </ul>
      {remarks.length > mostRemarks && <p>{remarks.length - mostRemarks} more.</p>}
    </>
  );
}
