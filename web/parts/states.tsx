import { type ReactNode, useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { classes } from './classes.ts';
import { Shape, type Tone } from './mark.tsx';
import styles from './states.module.css';

/** Less than this is not seen as waiting. */
const shownAfter_ms = 150;

/** Where rows will be; nothing at all while it is not yet worth it. */
export function Skeleton({ rows = 8, label = 'loading' }: { rows?: number; label?: string }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), shownAfter_ms);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" className={styles.skeleton} aria-label={label}>
      {shown && Array.from({ length: rows }, (_, row) => <span key={row} />)}
    </div>
  );
}

/** Nothing is there: why, and the way to the first. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/**
 * Something failed: what, its code, and again. What was known before stays on the page beneath.
 */
export function Failed(props: { what: string; why: string; code?: string; onRetry?(): void }) {
  const { what, why, code, onRetry } = props;
  return (
    <Band tone="critical" action={onRetry && <Again onClick={onRetry} />} alert>
      <b>{what}</b> {why} {code && <code>{code}</code>}
    </Band>
  );
}
const Again = ({ onClick }: { onClick(): void }) => (
  <Button icon="again" onClick={onClick}>
    Try again
  </Button>
);

/** A line across the page: something holds for all of it. */
export function Band(props: {
  tone: Extract<Tone, 'info' | 'warning' | 'critical' | 'stopped'>;
  action?: ReactNode;
  alert?: boolean;
  children: ReactNode;
}) {
  return (
    <div
      className={classes(styles.band, styles[props.tone])}
      role={props.alert ? 'alert' : 'status'}
    >
      <Shape tone={props.tone} />
      <div>{props.children}</div>
      {props.action}
    </div>
  );
}
