import { useEffect, useRef, useState } from 'react';
import { milliseconds } from '../../../src/render/figures.ts';
import { asFailure } from '../../data/failure.ts';
import { type CheckLine, check } from '../../data/validate-queries.ts';
import { Button } from '../../parts/button.tsx';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Mark, type Tone } from '../../parts/mark.tsx';
import { Failed } from '../../parts/states.tsx';
import styles from './validate.module.css';

/** The manifest on its database: what was found, and what mends it, step by step as it goes. */
interface Run {
  lines: readonly CheckLine[];
  going: boolean;
  error?: unknown;
}

export function CheckPanel({ text, ready }: { text: string; ready: boolean }) {
  const [run, setRun] = useState<Run>();
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const begin = async () => {
    stop.current?.abort();
    const { signal } = (stop.current = new AbortController());
    setRun({ lines: [], going: true });
    const add = (more: Partial<Run>, lines: readonly CheckLine[] = []) => {
      if (signal.aborted) return;
      setRun((before) => ({
        going: true,
        ...before,
        lines: [...(before?.lines ?? []), ...lines],
        ...more,
      }));
    };
    try {
      for await (const line of check(text, signal)) add({}, [line]);
      add({ going: false });
    } catch (error) {
      add({ going: false, error });
    }
  };
  const end = () => {
    stop.current?.abort();
    setRun((before) => before && { ...before, going: false });
  };
  return (
    <section className={styles.panel} aria-labelledby="check">
      <header>
        <h2 id="check">On its database</h2>
        {run?.going ? (
          <Button onClick={end}>End</Button>
        ) : (
          <Button kind="primary" disabled={!ready} onClick={() => void begin()}>
            Connect and check
          </Button>
        )}
      </header>
      {!run && (
        <p className={styles.soft}>
          Logs in as the manifest says and looks whether all is there that collection needs. Nothing
          is changed and nothing is kept. The password is sent only where a target sends it already,
          or if you may read its Secret; elsewhere use <code>dbintel validate --connect</code>.
        </p>
      )}
      {run?.error !== undefined && (
        <Failed what="The check did not run." why={asFailure(run.error).message} />
      )}
      <ol className={styles.steps} aria-live="polite">
        {run?.lines.map((line, at) => (
          // Lines only ever come at the end.
          // oxlint-disable-next-line react/no-array-index-key
          <Step key={at} line={line} />
        ))}
        {run?.going && <li className={styles.soft}>…</li>}
      </ol>
    </section>
  );
}

const looks = { ok: 'calm', warning: 'warning', failed: 'critical' } as const;

function Step({ line }: { line: CheckLine }) {
  const { tone, word, text, remedy } = wordsOf(line);
  return (
    <li>
      <Mark tone={tone} word={word} />
      <div>
        {text}
        {remedy && <CodeBlock text={remedy} label="copy the remedy" />}
      </div>
    </li>
  );
}

interface StepWords {
  tone: Tone;
  word: string;
  text: string;
  remedy?: string | undefined;
}

function wordsOf(line: CheckLine): StepWords {
  switch (line.step) {
    case 'manifest':
      return { tone: 'calm', word: 'read', text: `${line.target}, ${line.engine}` };
    case 'credentials':
      return { tone: 'calm', word: 'credentials', text: `from ${line.from}` };
    case 'connected':
      return {
        tone: 'calm',
        word: 'connected',
        text: `${line.version}, ${line.role}, in ${milliseconds(line.ms)}`,
      };
    case 'prerequisite':
      return {
        tone: looks[line.verdict],
        word: line.verdict,
        text: `${line.name}: ${line.observed}`,
        remedy: line.verdict === 'ok' ? undefined : line.remediation,
      };
    case 'done':
      return {
        tone: line.failed ? 'critical' : line.warnings ? 'warning' : 'calm',
        word: line.failed ? 'not yet' : 'ready',
        text:
          `${line.failed} failed, ${line.warnings} warnings, ${line.ok} ok, ` +
          `in ${milliseconds(line.ms)}`,
      };
    case 'failed':
      return { tone: 'critical', word: line.code, text: line.message, remedy: line.remedy };
  }
}
