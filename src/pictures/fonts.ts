import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FontFile, readFont } from './font-file.ts';

/**
 * The fonts that pictures are drawn with: Inter, which is part of the program and has Latin, Greek
 * and Cyrillic, and those of a folder for every other script. Nothing is taken from the system: a
 * picture looks the same wherever it is made.
 */
export interface Font extends FontFile {
  path: string;
}

export interface Fonts {
  regular: Font;
  semibold: Font;
  /** By name: the first one that has a character draws it, in both weights. */
  others: readonly Font[];
  /** Files of the folder that are no font that can be used, and why. */
  unusable: readonly string[];
}

/** Fonts of Chinese, Japanese and Korean together have 20 MB. */
const fileLimit = 64 * 1_048_576;
const mostFiles = 100;

/** Throws where the folder cannot be read; its message names the folder. */
export async function openFonts(folder: string | undefined): Promise<Fonts> {
  const own = { regular: ownFont('inter-400'), semibold: ownFont('inter-600') };
  if (folder === undefined) return { ...own, others: [], unusable: [] };
  const names = (await readdir(folder)).filter((each) => /\.(ttf|otf|ttc)$/i.test(each));
  const others: Font[] = [];
  const unusable: string[] = [];
  for (const name of names.toSorted().slice(0, mostFiles)) {
    const path = join(folder, name);
    const { size } = await stat(path);
    const font = size <= fileLimit ? readFont(await readFile(path)) : undefined;
    if (font) others.push({ path, ...font });
    else
      unusable.push(
        size > fileLimit
          ? `${name} is larger than ${fileLimit / 1_048_576} MiB`
          : `${name} is no TrueType or OpenType font with outlines`,
      );
  }
  return { ...own, others, unusable };
}

/** Beside this file, and beside the bundle. */
function ownFont(name: string): Font {
  const path = fileURLToPath(new URL(`./fonts/${name}.ttf`, import.meta.url));
  const font = readFont(readFileSync(path));
  if (!font) throw new Error(`${path} is no font`);
  return { path, ...font };
}

/** Who draws a character: undefined where nobody can. */
export const fontFor = (
  point: number,
  weight: 400 | 600,
  { regular, semibold, others }: Fonts,
): Font | undefined =>
  [weight === 600 ? semibold : regular, ...others].find(({ has }) => has(point));
