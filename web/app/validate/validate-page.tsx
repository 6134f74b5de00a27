import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { asFailure } from '../../data/failure.ts';
import { sessionQuery } from '../../data/queries.ts';
import { grantsQuery, validationQuery } from '../../data/validate-queries.ts';
import { Button } from '../../parts/button.tsx';
import { CliLine } from '../../parts/cli-line.tsx';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Mark } from '../../parts/mark.tsx';
import { CheckPanel } from './check-panel.tsx';
import type { Mistake } from './editor.ts';
import { ManifestForm } from './manifest-form.tsx';
import { type FormValues, manifestText, secretText, usualValues } from './manifest-text.ts';
import styles from './validate.module.css';
import { YamlField } from './yaml-field.tsx';

/** A manifest that works at the first apply: written, checked, and tried on its database. */

/** Nobody types on for as long as this without a thought. */
const pause_ms = 350;

export function ValidatePage() {
  const [values, setValues] = useState<FormValues>(usualValues);
  const [text, setText] = useState(() => manifestText(usualValues));
  const [line, setLine] = useState<{ at: number; nth: number }>();
  const settled = usePaused(text, pause_ms);
  const { data, error } = useQuery({ ...validationQuery(settled), enabled: settled !== '' });
  const mayCheck = useQuery(sessionQuery).data?.mayCheck ?? false;
  const mistakes = settled === text ? (data?.mistakes ?? none) : none;
  const valid = data?.valid === true && settled === text;
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>Check a manifest before it is applied</h1>
        <p className={styles.soft}>
          The same rules as <code>dbintel validate</code> and the API server. The text stays on this
          page and in the program that it asks.
        </p>
      </header>
      <ManifestForm
        values={values}
        onChange={setValues}
        onWrite={() => setText(manifestText(values))}
      />
      <div className={styles.columns}>
        <YamlField text={text} mistakes={mistakes} line={line?.at} onChange={setText} />
        <div className={styles.side}>
          <Verdict
            {...{ valid, mistakes }}
            error={error}
            targets={data?.targets ?? []}
            onLine={(at) => setLine((before) => ({ at, nth: (before?.nth ?? 0) + 1 }))}
          />
          <CheckPanel text={text} ready={valid && mayCheck} />
          {!mayCheck && (
            <p className={styles.soft}>
              To connect takes the right <code>create databasetargets/check</code>.
            </p>
          )}
          <Grants values={values} />
          <Files values={values} text={text} />
        </div>
      </div>
      <CliLine command="dbintel validate target.yaml --connect" />
    </div>
  );
}
const none: readonly Mistake[] = [];

function usePaused(text: string, ms: number): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return settled;
}

function Verdict(props: {
  valid: boolean;
  mistakes: readonly Mistake[];
  targets: readonly string[];
  error: Error | null;
  onLine(line: number): void;
}) {
  const { valid, mistakes, targets, error, onLine } = props;
  return (
    <section className={styles.panel} aria-labelledby="manifest">
      <header>
        <h2 id="manifest">The manifest</h2>
        {error ? (
          <Mark tone="warning" word="not checked" />
        ) : valid ? (
          <Mark tone="calm" word="valid" />
        ) : (
          <Mark
            tone={mistakes.length ? 'critical' : 'wait'}
            word={mistakes.length ? `${mistakes.length} mistakes` : 'checking'}
          />
        )}
      </header>
      {error && <p>{asFailure(error).message}</p>}
      {valid && <p className={styles.soft}>{targets.join(', ') || 'It has no target.'}</p>}
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

function Grants({ values: { engine, via, database } }: { values: FormValues }) {
  const [roles, setRoles] = useState('app');
  const question = {
    engine,
    via,
    ...(engine === 'postgres' ? { database } : {}),
    ...(via === 'function' ? { roles } : {}),
  };
  const { data, error } = useQuery(grantsQuery(question));
  return (
    <details className={styles.panel}>
      <summary>
        <h2>What prepares the server</h2>
      </summary>
      {via === 'function' && (
        <label className={styles.roles}>
          <span>roles whose statements are explained</span>
          <input value={roles} onChange={({ target }) => setRoles(target.value)} />
        </label>
      )}
      {error && <p>{asFailure(error).message}</p>}
      {data && <CodeBlock text={data.sql} label="copy the SQL" />}
    </details>
  );
}

function Files({ values, text }: { values: FormValues; text: string }) {
  return (
    <section className={styles.panel} aria-labelledby="files">
      <header>
        <h2 id="files">Take it along</h2>
        <Button onClick={() => save(`${values.name}.yaml`, text)}>Manifest</Button>
        <Button onClick={() => save(`${values.name}-secret.yaml`, secretText(values))}>
          Secret, without its password
        </Button>
      </header>
      <CliLine command={`kubectl apply -f ${values.name}-secret.yaml -f ${values.name}.yaml`} />
    </section>
  );
}

function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  link.download = name.replaceAll(/[^\w.-]/g, '-');
  link.click();
  URL.revokeObjectURL(link.href);
}
