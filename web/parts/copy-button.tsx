import { useEffect, useState } from 'react';
import { Button, type ButtonProps } from './button.tsx';

/** How long it says that it is done. */
const saidFor_ms = 1_500;

/** Puts a text on the clipboard, and says so to eye and ear. */
export function CopyButton({ text, label, children, ...rest }: ButtonProps & CopyProps) {
  const [state, setState] = useState<'ready' | 'done' | 'refused'>('ready');
  useEffect(() => {
    if (state === 'ready') return;
    const timer = setTimeout(() => setState('ready'), saidFor_ms);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    writeClipboard(text).then(
      () => setState('done'),
      () => setState('refused'),
    );
  return (
    <Button
      kind="quiet"
      icon={state === 'done' ? 'check' : 'copy'}
      aria-label={children ? undefined : label}
      title={label}
      onClick={copy}
      {...rest}
    >
      {children}
      <span className="unseen" role="status">
        {state === 'done' ? 'copied' : state === 'refused' ? 'the browser refused to copy' : ''}
      </span>
    </Button>
  );
}

interface CopyProps {
  text: string;
  /** What is copied: `copy the command`. */
  label: string;
}

/** Over plain HTTP there is no clipboard for pages, but there is the older command. */
async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'unseen';
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (!copied) throw new Error('the clipboard is not open to this page');
}
