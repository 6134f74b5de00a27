import { useQuery } from '@tanstack/react-query';
import { namespacesQuery } from '../../data/queries.ts';
import { scopeWords } from '../../data/stop-words.ts';
import { Combobox } from '../../parts/combobox.tsx';
import styles from './stop.module.css';
import type { ScopeChoice, ScopeKind } from './stop-words.ts';
import { selectorOf } from './stop-words.ts';

/** What is to be stopped: everything, a namespace, what has some labels, or what was selected. */
export function ScopeFields(props: { choice: ScopeChoice; onChange(choice: ScopeChoice): void }) {
  const { choice, onChange } = props;
  const { data: namespaces = {} } = useQuery(namespacesQuery);
  const kinds: { kind: ScopeKind; words: string }[] = [
    { kind: 'all', words: 'everything' },
    { kind: 'namespace', words: 'one namespace' },
    { kind: 'selector', words: 'what has these labels' },
    ...(choice.targets.length
      ? [{ kind: 'these', words: scopeWords({ targets: [...choice.targets] }) } as const]
      : []),
  ];
  return (
    <fieldset className={styles.scope}>
      <legend>What</legend>
      {kinds.map(({ kind, words }) => (
        <label key={kind}>
          <input
            type="radio"
            name="scope"
            checked={choice.kind === kind}
            onChange={() => onChange({ ...choice, kind })}
          />
          {words}
        </label>
      ))}
      {choice.kind === 'namespace' && (
        <Combobox
          label="namespace"
          placeholder="namespace"
          value={choice.namespace}
          choices={Object.entries(namespaces).map(([value, count]) => ({
            value,
            note: String(count),
          }))}
          onChange={(namespace) => onChange({ ...choice, namespace })}
        />
      )}
      {choice.kind === 'selector' && (
        <>
          <input
            className={styles.words}
            aria-label="labels"
            placeholder="tier=gold,env=prod"
            value={choice.selector}
            spellCheck={false}
            autoComplete="off"
            onChange={({ target }) => onChange({ ...choice, selector: target.value })}
          />
          {choice.selector && !selectorOf(choice.selector) && (
            <p className={styles.does}>
              Labels are written as <code>tier=gold,env=prod</code>: all of them must hold.
            </p>
          )}
        </>
      )}
    </fieldset>
  );
}
