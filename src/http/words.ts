/** `a,b` → both; nothing asked for: undefined. */
export function wordsOf(text: string | undefined): string[] | undefined {
  const words = (text ?? '').split(',').map((word) => word.trim());
  const asked = words.filter((word) => word !== '');
  return asked.length ? asked : undefined;
}
