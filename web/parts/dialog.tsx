import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';
import { classes } from './classes.ts';
import styles from './dialog.module.css';

/**
 * The browser's own dialog: it keeps the focus within, gives it back, and closes with Escape. What
 * has `data-first` gets the focus.
 */
export function Dialog(props: {
  title: ReactNode;
  open: boolean;
  onClose(): void;
  wide?: boolean;
  children: ReactNode;
}) {
  const { title, open, onClose, wide = false, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return dialog.current?.close();
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>('[data-first]')?.focus();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className={classes(styles.dialog, wide && styles.wide)}
      aria-labelledby={id}
      onClose={onClose}
      closedby="any"
    >
      {open && (
        <div className={styles.inside}>
          <header>
            <h2 id={id}>{title}</h2>
            <Button kind="quiet" icon="close" aria-label="close" onClick={onClose} />
          </header>
          {children}
        </div>
      )}
    </dialog>
  );
}
