/** A text with some of its characters cut out, doubled, swapped or replaced, by a seed. */
export function mutated(text: string, random: () => number): string {
  let now = text;
  for (let left = 1 + Math.floor(random() * 4); left > 0; left -= 1) {
    const [a, b] = [Math.floor(random() * now.length), Math.floor(random() * now.length)];
    const [start, end] = [Math.min(a, b), Math.min(Math.max(a, b), Math.min(a, b) + 200)];
    const piece = now.slice(start, end);
    const kinds = [
      () => now.slice(0, start) + now.slice(end),
      () => now.slice(0, end) + piece + now.slice(end),
      () => now.slice(0, start) + marks[Math.floor(random() * marks.length)] + now.slice(end),
      () => now.slice(0, start) + [...piece].toReversed().join('') + now.slice(end),
      () => now.slice(0, start),
      () => now.slice(start),
    ];
    now = kinds[Math.floor(random() * kinds.length)]?.() ?? now;
  }
  return now;
}

const marks = [
  '(',
  ')',
  '"',
  "'",
  '\n',
  '->',
  '\0',
  ': ',
  '[',
  '{',
  '<',
  '1e999',
  '\uD800',
  ' on ',
];
