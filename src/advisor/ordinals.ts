/**
 * `GROUP BY 1, 2` stands in the history as `GROUP BY ?, ?`: a number is taken out wherever it
 * stands. Which ones they were shows where a plan comes out as production's: these are the texts
 * that it could have been, likeliest first. Pure.
 */
const item = String.raw`(?:\?|[\w$."]+)(?:\s+(?:asc|desc))?(?:\s+nulls\s+(?:first|last))?`;
const lists = new RegExp(String.raw`\b(?:group|order)\s+by\s+(${item}(?:\s*,\s*${item})*)`, 'gi');
const placeholder = /(?<![\w$."])\?(?![\w$."])/g;

/** Of one list, by one number for each place; what has more columns than this is not tried. */
const mostColumns = 6;
const mostTexts = 36;

/** The text itself where there is nothing to be found out. */
export function textsOf(text: string): string[] {
  const found = [...text.matchAll(lists)].flatMap((list) => {
    const begin = list.index + list[0].length - (list[1]?.length ?? 0);
    const places = [...(list[1] ?? '').matchAll(placeholder)].map(({ index }) => begin + index);
    return places.length ? [places] : [];
  });
  if (found.length === 0) return [text];
  return combined(found.map((places) => numbersFor(places.length)))
    .slice(0, mostTexts)
    .map((numbers) => filled(text, found.flat(), numbers.flat()));
}

/** For a list of so many: one after the other, from each column on. */
const numbersFor = (count: number): number[][] =>
  Array.from({ length: mostColumns }, (_, first) =>
    Array.from({ length: count }, (_each, i) => first + i + 1),
  );

function combined(choices: readonly number[][][]): number[][][] {
  return choices.reduce<number[][][]>(
    (all, choice) => all.flatMap((before) => choice.map((each) => [...before, each])),
    [[]],
  );
}

function filled(text: string, places: readonly number[], numbers: readonly number[]): string {
  let [out, from] = ['', 0];
  for (const [i, place] of places.entries()) {
    out += `${text.slice(from, place)}${numbers[i]}`;
    from = place + 1;
  }
  return out + text.slice(from);
}
