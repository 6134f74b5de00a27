import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asFailure } from '../../data/failure.ts';
import { grantsQuery } from '../../data/validate-queries.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { useLastGood } from '../last-good.ts';
import { type ManifestFields, ways } from './manifest-fields.ts';
import styles from './validate.module.css';

/** The SQL that prepares the server which the manifest names, for the way in which it explains. */
export function Grants({ fields: { engine, via, database } }: { fields: ManifestFields }) {
  const [roles, setRoles] = useState('app');
  const way = via || ways[engine][0] || 'direct';
  const { data, error } = useQuery(
    grantsQuery({
      engine,
      via: way,
      ...(engine === 'postgres' && database ? { database } : {}),
      ...(way === 'function' ? { roles } : {}),
    }),
  );
  const sql = useLastGood(data?.sql);
  return (
    <details className={styles.panel}>
      <summary>
        <h2>What prepares the server</h2>
      </summary>
      {way === 'function' && (
        <label className={styles.roles}>
          <span>roles whose statements are explained</span>
          <input value={roles} onChange={({ target }) => setRoles(target.value)} />
        </label>
      )}
      {error ? (
        <p>{asFailure(error).message}</p>
      ) : (
        sql !== undefined && <CodeBlock text={sql} label="copy the SQL" />
      )}
    </details>
  );
}
