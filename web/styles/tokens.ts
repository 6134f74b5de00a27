import { type ThemeName, themes } from '../../src/render/theme.ts';

/**
 * What the pages are coloured and spaced by. The colours of drawn plans are among them, so that a
 * page and the picture on it are one; tokens.css is made of this (make generate).
 */
const own = {
  light: {
    hair: '#e2e6ec',
    hover: '#eef1f6',
    chosen: '#e3edfb',
    accent: '#1d5bb8',
    onAccent: '#ffffff',
    calm: '#2f6f9f',
    infoSoft: '#e9f1fc',
    warningSoft: '#fff3da',
    criticalSoft: '#fdeae3',
    stop: '#b3122d',
    stopFill: '#b3122d',
    onStop: '#ffffff',
    mark: '#ffe7b0',
  },
  dark: {
    hair: '#262f3c',
    hover: '#202834',
    chosen: '#1c2c47',
    accent: '#8ab8ff',
    onAccent: '#0b1220',
    calm: '#7db4dd',
    infoSoft: '#17253d',
    warningSoft: '#33270f',
    criticalSoft: '#3b1d14',
    stop: '#ff8f9f',
    stopFill: '#c21c3a',
    onStop: '#ffffff',
    mark: '#5a4310',
  },
} as const satisfies Record<ThemeName, Record<string, string>>;

/** Each as `--name`, in kebab case; heat as `--heat-0` … `--heat-5`. */
export function coloursOf(name: ThemeName): Record<string, string> {
  const { heat, ...drawn } = themes[name];
  return {
    ...drawn,
    ...Object.fromEntries(heat.map((colour, step) => [`heat-${step}`, colour])),
    ...own[name],
  };
}

/** In pixels. */
export const spaces = [4, 8, 12, 16, 24, 32, 48] as const;
export const sizes = { small: 12, text: 13, lead: 14, title: 18, figure: 22 } as const;
export const rowHeights = { comfort: 32, dense: 26 } as const;

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The style sheet. A theme that is chosen goes before the system's. */
export function tokensCss(): string {
  const dark = coloursOf('dark');
  const colours = Object.entries(coloursOf('light')).map(
    ([name, light]) => `  --${kebab(name)}: light-dark(${light}, ${dark[name] ?? light});`,
  );
  return [
    '/* Made of tokens.ts by `make generate`. */',
    ':root {',
    '  color-scheme: light dark;',
    ...colours,
    ...spaces.map((space, at) => `  --space-${at + 1}: ${space}px;`),
    ...Object.entries(sizes).map(([name, size]) => `  --size-${name}: ${size}px;`),
    `  --row: ${rowHeights.comfort}px;`,
    '}',
    ':root[data-theme="light"] {',
    '  color-scheme: light;',
    '}',
    ':root[data-theme="dark"] {',
    '  color-scheme: dark;',
    '}',
    ':root[data-dense] {',
    `  --row: ${rowHeights.dense}px;`,
    '}',
    '',
  ].join('\n');
}
