import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chartEnvironment } from '../../scripts/chart-environment.ts';
import { configFields } from '../../src/config.ts';

/**
 * The program's variables and the chart's values are one list: what the templates set, which value
 * they take it from, and that both have the same default.
 */
const chart = new URL('../../helm/dbintel/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, chart), 'utf8');
const values: unknown = parse(read('values.yaml'));
const helpers = read('templates/_helpers.tpl');
const deployment = read('templates/deployment.yaml');

/** Every variable of the template, with the values that decide about it: its own, those around. */
function variablesOf(template: string): Map<string, string> {
  const found = new Map<string, string>();
  const around: string[] = [];
  let current: string | undefined;
  for (const line of template.split('\n')) {
    if (/\{\{-? (if|with|range|define) /.test(line) && !line.includes('end }}')) around.push(line);
    const name = /name: (DBINTEL_[A-Z_]+)/.exec(line)?.[1];
    if (name) current = name;
    if (current) found.set(current, `${found.get(current) ?? around.join(' ')} ${line}`);
    if (/^\{\{-? end -?\}\}/.test(line)) {
      around.pop();
      current = undefined;
    }
  }
  return found;
}
const set = variablesOf(helpers.slice(helpers.indexOf('define "dbintel.env"')));

function at(path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], values);
}

describe('the chart and the environment', () => {
  it('name the same variables', () => {
    const named = Object.entries(chartEnvironment).filter(
      ([, how]) => how.kind !== 'none' && !('argument' in how),
    );
    expect([...set.keys()].toSorted()).toEqual(named.map(([name]) => name).toSorted());
    expect(configFields.map(({ name }) => name).toSorted()).toEqual(
      Object.keys(chartEnvironment).toSorted(),
    );
  });
  for (const { name, fallback } of configFields) {
    const how = chartEnvironment[name];
    if ('argument' in how)
      it(`${name} is the argument ${how.argument}`, () => {
        expect(deployment).toMatch(new RegExp(`^ +- (\\{\\{ printf ")?${how.argument}=`, 'm'));
      });
    if (how.kind !== 'value') continue;
    it(`${name} comes from ${how.path}, with the same default`, () => {
      const where = 'argument' in how ? deployment : `${set.get(name)} ${via(set.get(name))}`;
      expect(where).toContain(`.Values.${how.path}`);
      expect(at(how.path), how.path).toBeDefined();
      const given = at(how.path);
      if (where.includes(`value: {{ .Values.${how.path} | quote }}`))
        expect(String(given)).toBe(fallback);
    });
  }
});

/** What an included template says. */
function via(line = ''): string {
  const name = /include "(dbintel\.[A-Za-z]+)"/.exec(line)?.[1];
  if (!name) return '';
  const from = helpers.indexOf(`define "${name}"`);
  return helpers.slice(from, helpers.indexOf('\n{{- end -}}\n\n', from));
}
