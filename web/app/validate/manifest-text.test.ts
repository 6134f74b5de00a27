import { expect, test } from 'vitest';
import { readManifests } from '../../../src/resources/manifest.ts';
import { manifestText, secretText, usualValues } from './manifest-text.ts';

const mistakesOf = (text: string) => readManifests(text).mistakes;

test('what the form says is a manifest without a mistake, for each engine', () => {
  expect(mistakesOf(manifestText(usualValues))).toEqual([]);
  for (const engine of ['mysql', 'mariadb'] as const)
    expect(
      mistakesOf(
        manifestText({ ...usualValues, engine, via: 'procedure', tls: 'require', port: '3307' }),
      ),
    ).toEqual([]);
});

test('what somebody types cannot become another line', () => {
  const text = manifestText({ ...usualValues, host: 'a\n  suspend: true', name: 'true' });
  expect(text).toContain('host: "a\\n  suspend: true"');
  expect(text).toContain('name: "true"');
});

test('the Secret has no password', () => {
  expect(secretText(usualValues)).toContain('password: ""');
});
