import { useState } from 'react';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { howTos } from './explain-lines.ts';
import styles from './how-to.module.css';

/** How one gets a plan: lines to copy, each with what it does to the server. */
export function HowToGetOne() {
  const [chosen, setChosen] = useState(howTos[0]?.engine ?? '');
  const howTo = howTos.find(({ engine }) => engine === chosen);
  return (
    <section className={styles.box} aria-labelledby="how-to">
      <h2 id="how-to">How to get a plan</h2>
      <Tabs
        label="engine"
        tabs={howTos.map(({ engine }) => ({ key: engine, title: engine }))}
        chosen={chosen}
        onChoose={setChosen}
      >
        <ul className={styles.lines}>
          {howTo?.lines.map(({ line, runs, note }) => (
            <li key={line}>
              <div className={styles.line}>
                <code>{line}</code>
                <CopyButton text={line} label="copy the line" />
              </div>
              <p>
                <Mark tone={runs ? 'warning' : 'calm'} word={runs ? 'runs it' : 'only plans'} />
                {note}
              </p>
            </li>
          ))}
        </ul>
        <p className={styles.reads}>Read: {howTo?.reads}.</p>
      </Tabs>
    </section>
  );
}
