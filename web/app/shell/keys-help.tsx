import { Dialog } from '../../parts/dialog.tsx';
import styles from './keys-help.module.css';
import { navEntries } from './nav.tsx';

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

/** Those of the shell (shell.tsx), in words. */
export const globalKeyWords: readonly (readonly [string, string])[] = [
  ['/', 'Find a target, a statement, a finding'],
  ...navEntries.map(({ keys, title }) => [keys, `Go to ${title}`] as const),
  ['Shift+S', 'Emergency stop'],
  ['d', 'Theme: system, light, dark'],
  ['r', 'Rows: high or low'],
  ['?', 'These keys'],
];

export function KeysHelp(props: { open: boolean; onClose(): void }) {
  return (
    <Dialog title="Keys" open={props.open} onClose={props.onClose} wide>
      <KeysTable />
    </Dialog>
  );
}

export function KeysTable() {
  return (
    <div className={styles.tables}>
      {[{ title: 'Everywhere', keys: globalKeyWords }, ...partKeys].map((part) => (
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
