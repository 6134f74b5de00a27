import { useState } from 'react';
import { loadPart } from '../../data/failure.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { NotDone } from '../not-done.tsx';
import { saveFile } from '../save-file.ts';
import { describeLink, fragmentOf } from './fragment.ts';
import type { Looked } from './paste-state.ts';
import type { Choices } from './plan-picture.tsx';
import styles from './result.module.css';

/** What one takes along: a link that holds the plan, and one HTML file. */
export function Keep(props: { shown: readonly [Looked, ...Looked[]]; choices: Choices }) {
  const { shown, choices } = props;
  const after = shown.at(-1) ?? shown[0];
  const before = shown.length > 1 ? shown[0].read.packed : undefined;
  const fragment = fragmentOf({ plan: after.read.packed, before, ...choices });
  const link = `${location.href.replace(/#.*$/s, '')}${fragment}`;
  const [error, setError] = useState<unknown>();
  return (
    <>
      {after.read.packed !== undefined && (
        <CopyButton text={link} label={`copy a link that holds the plan: ${describeLink(link)}`}>
          Copy link <span className={styles.size}>{describeLink(link)}</span>
        </CopyButton>
      )}
      <Button onClick={() => void save(shown).then(() => setError(undefined), setError)}>
        Save as HTML
      </Button>
      {error !== undefined && <NotDone what="saved" error={error} />}
    </>
  );
}

/** What draws the file is loaded when somebody wants one. */
async function save(shown: readonly Looked[]): Promise<void> {
  const { drawPlans } = await loadPart(import('../../../src/render/draw-plan.ts'));
  const pages = shown.map(({ given: { name }, read: { plan, findings } }) => ({
    name,
    plan,
    findings,
  }));
  saveFile(
    `${shown.at(-1)?.given.name.replace(/\W+/g, '-') ?? 'plan'}.html`,
    new Blob([drawPlans(pages, { theme: 'light' })], { type: 'text/html' }),
  );
}
