import { type FormEvent, useEffect, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { Icon } from '../../parts/icon.tsx';
import { changed } from '../address.ts';
import styles from './shell.module.css';

/** So long after the last key it is looked for. */
const settled_ms = 150;

/** Narrows the fleet while one types; from another page, Enter goes there. */
export function Search() {
  const [location, navigate] = useLocation();
  const [params, setParams] = useSearchParams();
  const onFleet = location === '/';
  const inAddress = onFleet ? (params.get('q') ?? '') : '';
  const [typed, setTyped] = useState<string>();
  useEffect(() => {
    if (typed === undefined || !onFleet || typed === inAddress) return;
    const timer = setTimeout(
      () => setParams((before) => changed(before, { q: typed }), { replace: true }),
      settled_ms,
    );
    return () => clearTimeout(timer);
  }, [typed, onFleet, inAddress, setParams]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!onFleet) navigate(`/?q=${encodeURIComponent(typed ?? '')}`);
    // Where the answer is: into the first row.
    else document.querySelector<HTMLElement>('[role=grid] [role=row][tabindex="0"]')?.focus();
  };
  return (
    <search className={styles.search}>
      <form role="search" onSubmit={submit}>
        <Icon name="find" size={14} />
        <input
          type="search"
          aria-label="find a target"
          placeholder="Find a target, engine, owner, reason"
          value={typed ?? inAddress}
          maxLength={253}
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={() => setTyped(undefined)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
        <kbd aria-hidden="true">/</kbd>
      </form>
    </search>
  );
}
