import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { loadPart } from '../../data/failure.ts';
import { schemaQuery } from '../../data/validate-queries.ts';
import type { Editor, Mistake } from './editor.ts';
import styles from './validate.module.css';

/** The editor, once it is loaded; what is wrong stands at its line. */
export function YamlField(props: {
  text: string;
  mistakes: readonly Mistake[];
  line: number | undefined;
  onChange(text: string): void;
}) {
  const { text, mistakes, line, onChange } = props;
  const place = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<Editor>();
  const [lost, setLost] = useState<unknown>();
  if (lost) throw lost;
  const schema = useQuery(schemaQuery).data;
  const change = useEffectEvent(onChange);
  const first = useEffectEvent(() => text);
  useEffect(() => {
    const host = place.current;
    if (!host || !schema) return;
    let opened: Editor | undefined;
    let gone = false;
    void loadPart(import('./editor.ts')).then(({ openEditor }) => {
      if (gone) return;
      opened = openEditor(host, { text: first(), schema, onChange: (next) => change(next) });
      setEditor(opened);
    }, setLost);
    return () => {
      gone = true;
      opened?.close();
      setEditor(undefined);
    };
  }, [schema]);
  useEffect(() => editor?.setText(text), [editor, text]);
  useEffect(() => editor?.setMistakes(mistakes), [editor, mistakes]);
  useEffect(() => {
    if (line !== undefined) editor?.focusLine(line);
  }, [editor, line]);
  return <div ref={place} className={styles.editor} />;
}
