import { decode, mostBytes } from './decode.ts';
import type { Given } from './paste-state.ts';
import type { Refusal } from './refusal.ts';

/** Files and pasted texts → what is read, or why not. */
export type FromFile =
  | { kind: 'given'; given: Given }
  | { kind: 'refused'; name: string; message: string; remedy: string };

export async function readFile(file: File): Promise<FromFile> {
  const { name, size } = file;
  if (size > mostBytes)
    return {
      kind: 'refused',
      name,
      message: `The file has ${Math.round(size / 1_048_576)} MiB; at most 64 are read.`,
      remedy: 'Take the plan out of what is around it.',
    };
  const decoded = decode(new Uint8Array(await file.arrayBuffer()));
  return decoded.kind === 'text'
    ? { kind: 'given', given: { name, text: decoded.text } }
    : { ...decoded, name };
}

/** What a text without a name is called. */
export const pastedName = (at: Date): string =>
  `pasted at ${at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;

/**
 * Longer texts are not put into the field: a browser lays out each line of it, and the page would
 * stand still.
 */
export const mostInField = 100_000;

export const tooManyFiles = (count: number): Refusal => ({
  name: `${count} files`,
  message: 'Two plans can be looked at at once: the one before and the one after.',
  remedy:
    'Drop one or two of them. `dbintel render *.txt -o plans.html` makes a page of any number.',
  excerpt: [],
});
