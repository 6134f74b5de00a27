import { type ReactNode, useState } from 'react';
import { type Change, type EngineChoice, type ManifestFields, ways } from './manifest-fields.ts';
import styles from './validate.module.css';

/** The few things that every target needs, as a form over the manifest, which has all the rest. */
const engines = { postgres: 'PostgreSQL', mysql: 'MySQL', mariadb: 'MariaDB' } as const;
const ports: Record<EngineChoice, string> = { postgres: '5432', mysql: '3306', mariadb: '3306' };
const tlsModes = ['verify-full', 'verify-ca', 'require', 'disable'] as const;

export function ManifestForm(props: {
  fields: ManifestFields;
  /** The text is in the middle of being written: no target can be read in it. */
  unread: boolean;
  onChange(change: Change): void;
}) {
  const { fields, unread, onChange } = props;
  const text = (
    name: 'namespace' | 'name' | 'host' | 'port' | 'database' | 'interval',
    usual = '',
  ) => (
    <Words value={fields[name]} usual={usual} onChange={(value) => onChange({ [name]: value })} />
  );
  const choice = (name: 'via' | 'tls', choices: readonly string[]) => (
    <select
      value={fields[name] || choices[0]}
      // What is usual is left out of the manifest.
      onChange={({ target }) =>
        onChange({ [name]: target.value === choices[0] ? '' : target.value })
      }
    >
      {choices.map((each) => (
        <option key={each}>{each}</option>
      ))}
    </select>
  );
  return (
    <fieldset className={styles.form} disabled={unread}>
      <legend className="unseen">the manifest in short</legend>
      <Field title="engine">
        <select
          value={fields.engine}
          onChange={({ target }) => onChange({ engine: target.value as EngineChoice })}
        >
          {Object.entries(engines).map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </Field>
      <Field title="namespace">{text('namespace')}</Field>
      <Field title="name">{text('name')}</Field>
      <Field title="host">{text('host')}</Field>
      <Field title="port">{text('port', ports[fields.engine])}</Field>
      {fields.engine === 'postgres' && (
        <Field title="database" hint="where the statistics are read">
          {text('database')}
        </Field>
      )}
      <Field title="explain" hint="direct: with rights of its own; else without any on tables">
        {choice('via', ways[fields.engine])}
      </Field>
      <Field title="TLS">{choice('tls', tlsModes)}</Field>
      <Field title="interval">{text('interval', '60s')}</Field>
      {unread && <p>The form waits: no DatabaseTarget can be read in the text.</p>}
    </fieldset>
  );
}

/** While somebody types, what they typed stands there, whatever the manifest makes of it. */
function Words(props: { value: string; usual: string; onChange(value: string): void }) {
  const { value, usual, onChange } = props;
  const [typed, setTyped] = useState<string>();
  return (
    <input
      value={typed ?? value}
      placeholder={usual}
      spellCheck={false}
      autoComplete="off"
      onBlur={() => setTyped(undefined)}
      onChange={({ target }) => {
        setTyped(target.value);
        onChange(target.value);
      }}
    />
  );
}

function Field({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/label-has-associated-control
    <label title={hint}>
      <span>{title}</span>
      {children}
    </label>
  );
}
