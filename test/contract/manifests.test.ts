import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { crdOf } from '../../src/resources/crd.ts';
import { databaseTarget } from '../../src/resources/kinds/database-target/kind.ts';
import { readManifests } from '../../src/resources/manifest.ts';
import { structural } from '../../src/resources/structural.ts';
import { bad, good, type Spec } from '../support/specs.ts';

/**
 * What files and the code go through. The API server judges the same corpus in
 * test/integration/crd.test.ts.
 */
interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: unknown[];
  maxLength?: number;
  maxItems?: number;
}

const crd = crdOf(databaseTarget) as {
  spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] };
};
const specSchema = crd.spec.versions[0]?.schema.openAPIV3Schema.properties.spec as Schema;
const manifest = (spec: Spec) =>
  stringify({
    apiVersion: 'dbintel.io/v1alpha1',
    kind: 'DatabaseTarget',
    metadata: { name: 'orders', namespace: 'shop' },
    spec,
  });

it.each(Object.entries(good))('good: %s', (_, spec) => {
  expect(readManifests(manifest(spec)).mistakes).toEqual([]);
});

it.each(Object.entries(bad))('bad: %s', (_, [spec, path]) => {
  expect(readManifests(manifest(spec)).mistakes.map((mistake) => mistake.path)).toContain(path);
});

describe('files', () => {
  it('every mistake at once, with its line; a slip of the pen is recognised', () => {
    const { mistakes } = readManifests(`apiVersion: dbintel.io/v1alpha1
kind: DatabaseTarget
metadata: { name: orders }
spec:
  engine: postgres
  connection: { host: h, database: d, credentials: { secretRef: { name: s } } }
  collection:
    intervall: 60s
    interval: 5s
  saftey: {}
`);
    expect(mistakes).toEqual([
      {
        line: 8,
        path: 'spec.collection.intervall',
        message: 'unknown field; did you mean "interval"?',
      },
      { line: 9, path: 'spec.collection.interval', message: '"5s" is below the limit of 10s' },
      { line: 10, path: 'spec.saftey', message: 'unknown field; did you mean "safety"?' },
    ]);
  });
  it('what is no YAML, what is no manifest, keys twice', () => {
    expect(readManifests('a: [').mistakes).toMatchObject([{ line: 1 }]);
    expect(readManifests('kind: Pod').mistakes).toMatchObject([{ line: 1, path: 'kind' }]);
    expect(readManifests('kind: DatabaseTarget\nkind: DatabaseTarget').mistakes).toMatchObject([
      { line: 2, message: expect.stringContaining('unique') },
    ]);
  });
  it('a Secret is decoded; what is wrong with one is told without its value', () => {
    const read = readManifests(
      'apiVersion: v1\nkind: Secret\nmetadata: { name: s, namespace: n }\ndata: { username: ' +
        'dXNlcg== }\nstringData: { password: pÄss }\n---\napiVersion: v1\nkind: Secret\n' +
        "metadata: { name: t }\ndata: { password: 'CANARY not base64' }\n",
    );
    expect(read.secrets).toEqual([
      { namespace: 'n', name: 's', values: { username: 'user', password: 'pÄss' } },
    ]);
    expect(JSON.stringify(read.mistakes)).not.toContain('CANARY');
    expect(read.mistakes).toMatchObject([{ line: 10, path: 'data.password' }]);
  });
});

describe('CRD', () => {
  it('what has no structural form is refused, not guessed', () => {
    expect(() => structural({ type: 'string', propertyNames: {} })).toThrow('no structural form');
    expect(() => structural({ type: 'string', pattern: '(?=x)' })).toThrow('look-around');
  });
  it('every string and list under a rule is bounded', () => {
    const unbounded: string[] = [];
    const walk = (schema: Schema, path: string) => {
      if (
        schema.type === 'string' &&
        schema.maxLength === undefined &&
        !schema.enum &&
        !('format' in schema)
      )
        unbounded.push(path);
      if (schema.type === 'array' && schema.maxItems === undefined) unbounded.push(path);
      for (const [name, field] of Object.entries(schema.properties ?? {}))
        walk(field, `${path}.${name}`);
      if (schema.items) walk(schema.items, `${path}[]`);
    };
    walk(specSchema, 'spec');
    expect(unbounded).toEqual([]);
  });
});
