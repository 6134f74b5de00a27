import { Dialog } from '../../parts/dialog.tsx';
import type { Key } from '../keys.ts';
import styles from './keys-help.module.css';

/** Keys that a part of a page knows itself. */
export const partKeys: readonly { title: string; keys: readonly (readonly [string, string])[] }[] =
  [
    {
      title: 'In a table',
      keys: [
        ['↑ ↓', 'Another row'],
        ['PageUp PageDown Home End', 'Far'],
        ['Enter', 'Open it'],
        ['Space', 'Select it'],
        ['x', 'Select all that are shown'],
      ],
    },
    {
      title: 'In a plan',
      keys: [
        ['↑ ↓ ← →', 'Parent, child, siblings'],
        ['h', 'The hottest node'],
        ['n, Shift+N', 'Next and previous finding'],
        ['Enter', 'Open what is folded, or the details'],
        ['f, t', 'Fit, turn'],
        ['1 – 5', 'Metric'],
        ['c, p', 'Copy the node, the picture'],
      ],
    },
  ];

export function KeysHelp(props: { open: boolean; onClose(): void; keys: readonly Key[] }) {
  const everywhere = props.keys.map(({ keys, what }) => [keys, what] as const);
  return (
    <Dialog title="Keys" open={props.open} onClose={props.onClose} wide>
      <KeysTable keys={everywhere} />
    </Dialog>
  );
}

export function KeysTable({ keys }: { keys: readonly (readonly [string, string])[] }) {
  return (
    <div className={styles.tables}>
      {[{ title: 'Everywhere', keys }, ...partKeys].map((part) => (
        <section key={part.title}>
          <h3>{part.title}</h3>
          <dl>
            {part.keys.map(([names, what]) => (
              <div key={names}>
                <dt>
                  {names.split(/[ ,]+/).map((name) => (
                    <kbd key={name}>{name}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
