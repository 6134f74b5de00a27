import * as z from 'zod';

/** `a,b` → both; nothing asked for: undefined. */
export function wordsOf(text: string | undefined): string[] | undefined {
  const words = (text ?? '').split(',').map((word) => word.trim());
  const asked = words.filter((word) => word !== '');
  return asked.length ? asked : undefined;
}

const words = z.string().max(4_096);

/** Words of which each must be one of these: one that is misspelled would find nothing. */
export const wordsAmong = (known: readonly string[]) =>
  words
    .superRefine((text, { addIssue }) => {
      const unknown = wordsOf(text)?.filter((word) => !known.includes(word)) ?? [];
      if (unknown.length)
        addIssue(`${unknown.join(', ').slice(0, 100)} is none of: ${known.join(', ')}`);
    })
    .optional();
