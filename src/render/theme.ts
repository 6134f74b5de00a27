/**
 * Colours of a drawn plan, once for every painter. Heat is one hue in six steps whose lightness
 * only falls (dark: rises), so that it is also read in grey; a bar and a number say the same.
 */
export interface Theme {
  paper: string;
  card: string;
  line: string;
  ink: string;
  soft: string;
  critical: string;
  warning: string;
  info: string;
  heat: readonly [string, string, string, string, string, string];
}

export const themeNames = ['light', 'dark'] as const;
export type ThemeName = (typeof themeNames)[number];

export const themes: Record<ThemeName, Theme> = {
  light: {
    paper: '#f7f8fa',
    card: '#ffffff',
    line: '#c3c9d3',
    ink: '#1b2330',
    soft: '#4d5a6e',
    critical: '#a4260c',
    warning: '#8a4b00',
    info: '#2456a6',
    heat: ['#ffffff', '#fff6df', '#ffe7b0', '#ffd17a', '#ffb64d', '#fb9a3c'],
  },
  dark: {
    paper: '#10151d',
    card: '#181e27',
    line: '#3c4757',
    ink: '#f2f5f9',
    soft: '#b3bdcc',
    critical: '#ffb4a2',
    warning: '#ffcf7d',
    info: '#a9c8ff',
    heat: ['#181e27', '#2b2622', '#45301d', '#653c17', '#8a4a10', '#a0560b'],
  },
};

/** From this step on every text on a card is ink: softer ones cannot be read there. */
export const inkFrom = 3;

/** A share of 1, or a measure on its own scale, → a step of heat. */
export function heatOf(value: number): number {
  const limits = [0.02, 0.05, 0.15, 0.35, 0.6];
  return limits.filter((limit) => value >= limit).length;
}
