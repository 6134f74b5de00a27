import { describe, expect, test } from 'vitest';
import { themeNames } from '../../src/render/theme.ts';
import { coloursOf, tokensCss } from './tokens.ts';

/** Relative luminance and contrast of WCAG 2. */
const channel = (value: number) =>
  value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
    channel(Number.parseInt(colour.slice(at, at + 2), 16) / 255),
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const texts = ['ink', 'soft', 'accent', 'critical', 'warning', 'info', 'stop', 'calm'];
const grounds = ['paper', 'card', 'hover', 'chosen'];
const pairs = [
  ...texts.flatMap((text) => grounds.map((ground) => [text, ground] as const)),
  ['on-accent', 'accent'],
  ['on-stop', 'stop-fill'],
  ['info', 'info-soft'],
  ['warning', 'warning-soft'],
  ['critical', 'critical-soft'],
  ['ink', 'warning-soft'],
  ['ink', 'critical-soft'],
  ['ink', 'info-soft'],
  ['ink', 'mark'],
] as const;

describe.each(themeNames)('%s', (name) => {
  const colours = coloursOf(name);
  const of = (token: string) =>
    colours[token.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())] ?? '';

  test.each(pairs)('%s is read on %s', (text, ground) => {
    expect(contrast(of(text), of(ground))).toBeGreaterThanOrEqual(4.5);
  });
});

test('every colour has both themes', () => {
  expect(Object.keys(coloursOf('light'))).toEqual(Object.keys(coloursOf('dark')));
  expect(tokensCss()).toContain('--heat-5: light-dark(#fb9a3c, #a0560b);');
  expect(tokensCss()).toContain('--stop-fill: light-dark(');
});
