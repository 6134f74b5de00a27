/**
 * How wide a text is in Inter, without a browser or a font: the same dots at its end in a page, a
 * picture and a test. Advances of the printable ASCII characters in thousandths of the size, from
 * the font’s own table; what is not Latin is taken as wide as it is high.
 */
export type Weight = 'regular' | 'semibold';

const advances: Record<Weight, readonly number[]> = {
  regular: [
    281, 288, 466, 633, 642, 982, 644, 300, 365, 365, 501, 662, 288, 460, 288, 360, 631, 407, 610,
    618, 646, 593, 620, 566, 619, 620, 288, 302, 662, 662, 662, 511, 966, 690, 654, 730, 722, 601,
    590, 746, 743, 269, 571, 672, 565, 903, 753, 765, 639, 765, 644, 642, 646, 744, 690, 985, 682,
    679, 629, 365, 360, 365, 471, 456, 323, 562, 612, 571, 612, 583, 370, 613, 591, 242, 242, 549,
    242, 876, 591, 600, 612, 612, 376, 528, 327, 591, 562, 818, 546, 562, 552, 426, 333, 426, 662,
  ],
  semibold: [
    252, 321, 523, 644, 650, 1004, 663, 326, 373, 373, 540, 673, 319, 465, 319, 379, 660, 423, 623,
    636, 666, 612, 640, 576, 640, 640, 319, 329, 673, 673, 673, 543, 999, 728, 659, 737, 722, 605,
    588, 749, 746, 277, 580, 703, 565, 922, 759, 769, 645, 773, 652, 650, 660, 736, 728, 1020, 720,
    713, 652, 373, 379, 373, 481, 469, 351, 574, 624, 583, 624, 591, 389, 625, 612, 262, 262, 569,
    262, 900, 612, 609, 624, 624, 397, 549, 353, 612, 587, 839, 569, 588, 566, 455, 359, 455, 673,
  ],
};
const firstAdvance = 32;
/** `…` is the widest of the few marks that are drawn. */
const latin = 660;
const full = 1_000;

const advanceOf = (character: string, weight: Weight): number => {
  const point = character.codePointAt(0) ?? 0;
  return advances[weight][point - firstAdvance] ?? (point < 0x2e80 ? latin : full);
};

/** In the unit of `size`. */
export function textWidth(text: string, size: number, weight: Weight = 'regular'): number {
  let width = 0;
  for (const character of text) width += advanceOf(character, weight);
  return (width * size) / 1_000;
}

/** As much of it as there is room for, with … in the place of the rest. */
export function fitText(
  text: string,
  room: number,
  size: number,
  weight: Weight = 'regular',
): string {
  if (textWidth(text, size, weight) <= room) return text;
  const dots = (latin * 1.5 * size) / 1_000;
  let [kept, width] = ['', dots];
  for (const character of text) {
    width += (advanceOf(character, weight) * size) / 1_000;
    if (width > room) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** Rows of whole words, as many as that at most; what has no room in the last one is … */
export function wrapText(
  text: string,
  room: number,
  size: number,
  weight: Weight,
  most: number,
): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(/\s+/)) {
    const longer = row === '' ? word : `${row} ${word}`;
    if (row === '' || rows.length === most - 1 || textWidth(longer, size, weight) <= room) {
      row = longer;
    } else {
      rows.push(row);
      row = word;
    }
  }
  return [...rows, row].map((each) => fitText(each, room, size, weight));
}
