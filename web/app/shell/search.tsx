import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useEffect, useId, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { searchQuery } from '../../data/queries.ts';
import { Icon } from '../../parts/icon.tsx';
import { changed } from '../address.ts';
import { usePaused } from '../use-paused.ts';
import { hitGroups } from './search-hits.ts';
import { SearchList } from './search-list.tsx';
import styles from './shell.module.css';

/** So long after the last key the fleet is narrowed. */
const settled_ms = 150;
/** A letter is in everything. */
const leastLetters = 2;

/**
 * Finds targets, statements and findings, and narrows the fleet while one types. Arrows choose what
 * was found, Enter goes there; without a choice, into the fleet.
 */
export function Search() {
  const [location, navigate] = useLocation();
  const [params, setParams] = useSearchParams();
  const id = useId();
  const onFleet = location === '/';
  const inAddress = onFleet ? (params.get('q') ?? '') : '';
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(-1);
  const wanted = usePaused(typed?.trim() ?? '');
  const { data } = useQuery({ ...searchQuery(wanted), enabled: wanted.length >= leastLetters });
  const open = typed !== undefined && typed.trim().length >= leastLetters && data !== undefined;
  const hits = open ? hitGroups(data).flatMap((group) => group.hits) : [];
  useEffect(() => {
    if (typed === undefined || !onFleet || typed === inAddress) return;
    const timer = setTimeout(
      () => setParams((before) => changed(before, { q: typed }), { replace: true }),
      settled_ms,
    );
    return () => clearTimeout(timer);
  }, [typed, onFleet, inAddress, setParams]);
  const go = (to: string) => {
    setTyped(undefined);
    setActive(-1);
    navigate(to);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const hit = hits[active];
    if (hit) go(hit.to);
    else if (!onFleet) go(`/?q=${encodeURIComponent(typed ?? '')}`);
    // Where the answer is: into the first row.
    else document.querySelector<HTMLElement>('[role=grid] [role=row][tabindex="0"]')?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape') event.currentTarget.blur();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || hits.length === 0) return;
    event.preventDefault();
    // One place before the first: what was typed itself.
    setActive(((active + 1 + step + hits.length + 1) % (hits.length + 1)) - 1);
  };
  return (
    <search className={styles.search}>
      <form role="search" onSubmit={submit}>
        <Icon name="find" size={14} />
        <input
          type="search"
          role="combobox"
          aria-label="find a target, a statement or a finding"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={hits[active] ? `${id}-${active}` : undefined}
          placeholder="Find a target, a statement, a finding"
          value={typed ?? inAddress}
          maxLength={200}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(-1);
          }}
          onBlur={() => setTyped(undefined)}
          onKeyDown={onKeyDown}
        />
        <kbd aria-hidden="true">/</kbd>
      </form>
      <div id={`${id}-list`} role="listbox" aria-label="what was found" hidden={!open}>
        {open && <SearchList id={id} answer={data} active={active} onGo={go} />}
      </div>
    </search>
  );
}
