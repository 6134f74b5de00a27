/**
 * Texts that many rows have in common, as numbers of two bytes; 0 is none. What comes when all
 * numbers are taken is none, too: texts of statuses are anybody's. A number that no row has any
 * more is free again.
 */
export interface Texts {
  /** The number of `text` for a row that has had `known` until now, which it gives back. */
  instead(known: number, text: string | undefined): number;
  textOf(number: number): string | undefined;
}

export function createTexts(limit: number): Texts {
  const texts: (string | undefined)[] = [undefined];
  /** How many rows have each. */
  const users: number[] = [0];
  const free: number[] = [];
  const numbers = new Map<string, number>();
  function take(text: string): number {
    const number = numbers.get(text) ?? free.pop() ?? texts.length;
    if (number > limit) return 0;
    texts[number] = text;
    users[number] = (users[number] ?? 0) + 1;
    numbers.set(text, number);
    return number;
  }
  function giveBack(number: number): void {
    const text = texts[number];
    users[number] = (users[number] ?? 0) - 1;
    if (text === undefined || users[number]) return;
    numbers.delete(text);
    texts[number] = undefined;
    free.push(number);
  }
  return {
    instead(known, text) {
      if (texts[known] === text) return known;
      if (known !== 0) giveBack(known);
      return text === undefined ? 0 : take(text);
    },
    textOf: (number) => texts[number],
  };
}
