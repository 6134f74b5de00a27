import { useEffect, useRef, useState } from 'react';
import { pastedName } from './give.ts';
import type { Given } from './paste-state.ts';

/**
 * Texts and files that come from anywhere on the page: pasted where no field has the focus, or
 * dropped. True while something is dragged over it.
 */
export function useGiven(take: {
  onText(given: Given): void;
  onFiles(files: readonly File[]): void;
}): boolean {
  const [dragging, setDragging] = useState(false);
  const taking = useRef(take);
  useEffect(() => {
    taking.current = take;
  });
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const takeAll = (data: DataTransfer | null) => {
      const files = [...(data?.files ?? [])];
      const text = data?.getData('text/plain') ?? '';
      if (files.length > 0) taking.current.onFiles(files);
      else if (text.trim()) taking.current.onText({ name: pastedName(new Date()), text });
    };
    const isField = (target: EventTarget | null) =>
      target instanceof HTMLElement && target.closest('input, textarea, dbintel-plan') !== null;
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      setDragging(false);
      takeAll(event.dataTransfer);
    };
    const onDrag = (event: DragEvent) => {
      event.preventDefault();
      setDragging(true);
    };
    window.addEventListener(
      'paste',
      ({ target, clipboardData }) => {
        if (!isField(target)) takeAll(clipboardData);
      },
      { signal },
    );
    window.addEventListener('dragover', onDrag, { signal });
    window.addEventListener('drop', onDrop, { signal });
    window.addEventListener(
      'dragleave',
      ({ relatedTarget }) => {
        if (relatedTarget === null) setDragging(false);
      },
      { signal },
    );
    return () => stop.abort();
  }, []);
  return dragging;
}
