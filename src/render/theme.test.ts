import { describe, expect, it } from 'vitest';
import { heatOf, inkFrom, type ThemeName, themeNames, themes } from './theme.ts';

/** WCAG’s relative luminance and contrast. */
const luminance = (colour: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: string, b: string): number => {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
};
const readable = 4.5;

describe.each(themeNames)('the %s theme', (name: ThemeName) => {
  const theme = themes[name];
  it('can be read on every step of heat', () => {
    for (const [step, fill] of theme.heat.entries()) {
      expect(contrast(theme.ink, fill), `ink on ${step}`).toBeGreaterThanOrEqual(readable);
      if (step < inkFrom)
        expect(contrast(theme.soft, fill), `soft on ${step}`).toBeGreaterThanOrEqual(readable);
    }
  });
  it('can be read on paper', () => {
    for (const text of ['ink', 'soft', 'critical', 'warning', 'info'] as const)
      expect(contrast(theme[text], theme.paper), text).toBeGreaterThanOrEqual(readable);
  });
  it('tells heat in grey', () => {
    const steps = theme.heat.map(luminance);
    const sorted = steps.toSorted((a, b) => (name === 'light' ? b - a : a - b));
    expect(steps).toEqual(sorted);
    expect(new Set(steps).size).toBe(steps.length);
  });
});
it('has a step for every share', () => {
  expect([0, 0.02, 0.05, 0.15, 0.35, 0.6, 1].map(heatOf)).toEqual([0, 1, 2, 3, 4, 5, 5]);
});
