import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { asFailure } from '../../data/failure.ts';
import { sessionQuery } from '../../data/queries.ts';
import { validationQuery } from '../../data/validate-queries.ts';
import { CliLine } from '../../parts/cli-line.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Band } from '../../parts/states.tsx';
import { useLastGood } from '../last-good.ts';
import { Missing } from '../rights.tsx';
import { useDraft } from '../use-draft.ts';
import { usePaused } from '../use-paused.ts';
import { CheckPanel } from './check-panel.tsx';
import type { Mistake } from './editor.ts';
import { Files } from './files.tsx';
import { Grants } from './grants.tsx';
import { changeManifest, firstManifest, readManifest } from './manifest-fields.ts';
import { ManifestForm } from './manifest-form.tsx';
import styles from './validate.module.css';
import { YamlField } from './yaml-field.tsx';

/**
 * A manifest that works at the first apply: written, checked, and tried on its database. The text
 * is the one truth: the form, the SQL and the Secret are read out of it.
 */

export function ValidatePage() {
  const [written, keep] = useDraft<string>('manifest');
  const [text, setText] = useState(written ?? firstManifest);
  useEffect(() => keep(text), [keep, text]);
  const [line, setLine] = useState<{ at: number; nth: number }>();
  const read = useMemo(() => readManifest(text), [text]);
  const known = useLastGood(read);
  const settled = usePaused(text);
  const { data, error } = useQuery({ ...validationQuery(settled), enabled: settled !== '' });
  const mayCheck = useQuery(sessionQuery).data?.mayCheck ?? true;
  const mistakes = settled === text ? (data?.mistakes ?? none) : none;
  const valid = data?.valid === true && settled === text;
  const name = known?.fields.name ?? '';
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>Check a manifest before it is applied</h1>
        <p className={styles.soft}>
          The same rules as <code>dbintel validate</code> and the API server. The text stays on this
          page and in the program that it asks. Paste your own, or fill in the form: it writes into
          the text and leaves your comments where they are. In the text <kbd>Tab</kbd> indents;{' '}
          <kbd>Esc</kbd>, then <kbd>Tab</kbd>, leaves it.
        </p>
      </header>
      {known && (
        <ManifestForm
          fields={known.fields}
          unread={read === undefined && text.trim() !== ''}
          onChange={(change) => setText((before) => changeManifest(before, change))}
        />
      )}
      <div className={styles.columns}>
        <YamlField text={text} mistakes={mistakes} line={line?.at} onChange={setText} />
        <div className={styles.side}>
          <Verdict
            {...{ valid, mistakes }}
            empty={text === ''}
            error={error}
            targets={data?.targets ?? []}
            onLine={(at) => setLine((before) => ({ at, nth: (before?.nth ?? 0) + 1 }))}
          />
          <CheckPanel text={text} ready={valid && mayCheck} />
          {!mayCheck && <Missing right="check" />}
          {known && <Grants fields={known.fields} />}
          {known && <Files read={known} text={text} />}
        </div>
      </div>
      <CliLine command={`dbintel validate ${name || 'target'}.yaml --connect`} />
    </div>
  );
}
const none: readonly Mistake[] = [];

function verdictOf({ length }: readonly Mistake[], empty: boolean): string {
  if (empty) return 'nothing to check';
  if (length === 0) return 'checking';
  return length === 1 ? '1 mistake' : `${length} mistakes`;
}

function Verdict(props: {
  valid: boolean;
  mistakes: readonly Mistake[];
  targets: readonly string[];
  empty: boolean;
  error: Error | null;
  onLine(line: number): void;
}) {
  const { valid, mistakes, targets, empty, error, onLine } = props;
  const twice = targets.find((each, i) => targets.indexOf(each) !== i);
  return (
    <section className={styles.panel} aria-labelledby="manifest">
      <header>
        <h2 id="manifest">The manifest</h2>
        {error ? (
          <Mark tone="warning" word="not checked" />
        ) : valid ? (
          <Mark tone="calm" word="valid" />
        ) : (
          <Mark tone={mistakes.length ? 'critical' : 'wait'} word={verdictOf(mistakes, empty)} />
        )}
      </header>
      {error && <p>{asFailure(error).message}</p>}
      {valid && <p className={styles.soft}>{targets.join(', ') || 'It has no target.'}</p>}
      {valid && twice && <Band tone="warning">{`${twice} is in it more than once.`}</Band>}
      <ul className={styles.mistakes}>
        {mistakes.map(({ line, path, message }) => (
          <li key={`${line} ${path} ${message}`}>
            <button type="button" onClick={() => onLine(line)}>
              line {line}
            </button>
            <span>
              <code>{path}</code> {message}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
