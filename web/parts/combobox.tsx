import { type KeyboardEvent, useId, useState } from 'react';
import styles from './combobox.module.css';

export interface Choice {
  value: string;
  /** Beside it, softly: a count, a kind. */
  note?: string;
}

/**
 * A field with a list that narrows while one types, by the ARIA pattern: the focus stays in the
 * field, arrows move in the list, Enter takes, Escape closes.
 */
export function Combobox(props: {
  label: string;
  placeholder?: string;
  value: string;
  choices: readonly Choice[];
  onChange(value: string): void;
}) {
  const { label, placeholder, value, choices, onChange } = props;
  const id = useId();
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(0);
  const shown = matching(choices, typed ?? '').slice(0, mostShown);
  const open = typed !== undefined;
  const take = (choice: string) => {
    setTyped(undefined);
    onChange(choice);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) return setTyped('');
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((active + step + shown.length) % Math.max(1, shown.length));
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      take(shown[active]?.value ?? typed);
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation();
      setTyped(undefined);
    }
  };
  return (
    <span className={styles.box}>
      <input
        role="combobox"
        aria-label={label}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && shown[active] ? `${id}-${active}` : undefined}
        placeholder={placeholder}
        value={typed ?? value}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        onClick={() => setTyped((before) => before ?? '')}
        onBlur={() => {
          const [first] = shown;
          if (typed && first?.value === typed.trim()) take(first.value);
          else setTyped(undefined);
        }}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        hidden={!open || !shown.length}
        tabIndex={-1}
      >
        {shown.map((choice, at) => (
          <div
            key={choice.value}
            id={`${id}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === active}
            onPointerDown={(event) => {
              event.preventDefault();
              take(choice.value);
            }}
          >
            {choice.value}
            {choice.note && <span>{choice.note}</span>}
          </div>
        ))}
      </div>
    </span>
  );
}

/** More are not looked through; typing narrows. */
const mostShown = 50;

/** What is typed in full comes before what only has it in it: Enter takes the first. */
function matching(choices: readonly Choice[], typed: string): readonly Choice[] {
  const wanted = typed.trim().toLowerCase();
  const place = ({ value }: Choice) => value.toLowerCase().indexOf(wanted);
  const isWhole = ({ value }: Choice) => value.toLowerCase() === wanted;
  return choices
    .filter((each) => place(each) >= 0)
    .toSorted((a, b) => Number(isWhole(b)) - Number(isWhole(a)));
}
