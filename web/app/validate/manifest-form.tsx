import type { ReactNode } from 'react';
import { Button } from '../../parts/button.tsx';
import { type FormValues, ways } from './manifest-text.ts';
import styles from './validate.module.css';

/** The few things that every target needs, as a form; the manifest has all the rest. */
const engines = { postgres: 'PostgreSQL', mysql: 'MySQL', mariadb: 'MariaDB' } as const;
const tlsModes = ['verify-full', 'verify-ca', 'require', 'disable'] as const;

export function ManifestForm(props: {
  values: FormValues;
  onChange(values: FormValues): void;
  onWrite(): void;
}) {
  const { values, onChange, onWrite } = props;
  const set = (change: Partial<FormValues>) => onChange({ ...values, ...change });
  const text = (name: 'namespace' | 'name' | 'host' | 'port' | 'database' | 'interval') => (
    <input
      value={values[name]}
      spellCheck={false}
      autoComplete="off"
      onChange={({ target }) => set({ [name]: target.value })}
    />
  );
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        onWrite();
      }}
    >
      <Field title="engine">
        <select
          value={values.engine}
          onChange={({ target }) =>
            set({ engine: target.value as FormValues['engine'], via: 'direct' })
          }
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
      <Field title="port" hint="the engine’s, if empty">
        {text('port')}
      </Field>
      {values.engine === 'postgres' && (
        <Field title="database" hint="where the statistics are read">
          {text('database')}
        </Field>
      )}
      <Field title="explain" hint="direct: with rights of its own; else without any on tables">
        <select
          value={values.via}
          onChange={({ target }) => set({ via: target.value as FormValues['via'] })}
        >
          {ways[values.engine].map((way) => (
            <option key={way}>{way}</option>
          ))}
        </select>
      </Field>
      <Field title="TLS">
        <select
          value={values.tls}
          onChange={({ target }) => set({ tls: target.value as FormValues['tls'] })}
        >
          {tlsModes.map((mode) => (
            <option key={mode}>{mode}</option>
          ))}
        </select>
      </Field>
      <Field title="interval">{text('interval')}</Field>
      <Button type="submit">Write the manifest</Button>
    </form>
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
