/**
 * Texts that many rows have in common, as numbers of two bytes; 0 is none. What comes when all
 * numbers are taken is none, too: texts of statuses are anybody's.
 */
export interface Texts {
  numberOf(text: string | undefined): number;
  textOf(number: number): string | undefined;
}

export function createTexts(limit: number): Texts {
  const texts: (string | undefined)[] = [undefined];
  const numbers = new Map<string, number>();
  return {
    numberOf(text) {
      if (text === undefined) return 0;
      const known = numbers.get(text);
      if (known !== undefined) return known;
      if (texts.length > limit) return 0;
      numbers.set(text, texts.length);
      return texts.push(text) - 1;
    },
    textOf: (number) => texts[number],
  };
}
