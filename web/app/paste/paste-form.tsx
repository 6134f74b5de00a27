import { type ClipboardEvent, type KeyboardEvent, useId, useRef } from 'react';
import { Button } from '../../parts/button.tsx';
import { mostInField, pastedName } from './give.ts';
import styles from './paste-form.module.css';
import type { Given, Typed } from './paste-state.ts';

/** The field for a plan. A paste is read at once; what is typed, by Ctrl+Enter or the button. */
export function PasteForm(props: {
  label: string;
  busy: boolean;
  typed: Typed;
  onType(typed: Typed): void;
  onGive(given: Given): void;
  onFiles(files: readonly File[]): void;
}) {
  const { label, busy, typed, onType, onGive, onFiles } = props;
  const { text, statement } = typed;
  const chooser = useRef<HTMLInputElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const give = (whole: string) => {
    const said = statement.trim();
    if (whole.trim())
      onGive({
        name: pastedName(new Date()),
        text: whole,
        ...(said ? { statement: said } : {}),
      });
  };
  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const pasted = event.clipboardData.getData('text/plain');
    const files = [...event.clipboardData.files];
    if (files.length > 0) {
      event.preventDefault();
      onFiles(files);
    } else if (pasted.length > mostInField) {
      event.preventDefault();
      give(pasted);
    } else if (event.currentTarget.value === '') give(pasted);
    event.stopPropagation();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) give(text);
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === '') field.current?.focus();
        else give(text);
      }}
    >
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <textarea
        ref={field}
        id={id}
        className={styles.field}
        value={text}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        wrap="off"
        placeholder={placeholder}
        onChange={(event) => onType({ text: event.target.value, statement })}
        onPaste={onPaste}
        onKeyDown={onKeyDown}
      />
      <div className={styles.bar}>
        <Button kind="primary" type="submit" disabled={busy}>
          Read the plan
        </Button>
        <Button onClick={() => chooser.current?.click()}>Choose files…</Button>
        <span className={styles.hint}>
          or drop them anywhere · <kbd>Ctrl</kbd> <kbd>Enter</kbd> reads
        </span>
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          aria-label="files with plans"
          onChange={(event) => {
            onFiles([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
      </div>
      <details className={styles.more}>
        <summary>Add the statement (optional)</summary>
        <textarea
          aria-label="the statement that was explained"
          className={styles.statement}
          value={statement}
          spellCheck={false}
          placeholder="SELECT …"
          onChange={(event) => onType({ text, statement: event.target.value })}
        />
        <p>It is shown with the plan, without its literals.</p>
      </details>
    </form>
  );
}

const placeholder = `Limit  (cost=10107.66..10557.27 rows=20 width=64) (actual time=520.830..…
  ->  Sort  (cost=10107.66..10114.78 rows=2851 width=32) (actual time=520.719..520.725 …
        Sort Key: o.total DESC, o.id
        ->  HashAggregate  (cost=10003.28..10031.79 rows=2851 width=32) …`;
