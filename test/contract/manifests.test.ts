import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseSize } from '../../src/base/quantity.ts';
import { databaseTargetCrd, fencingRule } from '../../src/resources/crd.ts';
import { readManifests } from '../../src/resources/manifest.ts';
import { structural } from '../../src/resources/structural.ts';

/** One corpus of manifests, two judges: zod, which files and the code go through, and the CRD's schema with its CEL rules. */
interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  required?: string[];
  default?: unknown;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  'x-kubernetes-validations'?: { rule: string; message: string }[];
}

const crd = databaseTargetCrd() as { spec: { versions: { schema: { openAPIV3Schema: Schema & { properties: { spec: Schema } } } }[] } };
const root = crd.spec.versions[0]?.schema.openAPIV3Schema as Schema & { properties: Record<string, Schema> };
const specSchema = root.properties['spec'] as Schema;

const cel = new Environment()
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn')
  .registerFunction('quantity(string): double', (text: string) => parseSize(text))
  .registerFunction('double.compareTo(double): int', (a: number, b: number) => BigInt(Math.sign(a - b)))
  .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) => text.replaceAll(from, to));

/** What the API server does with a structural schema: default, then check, then the rules. `old` is the stored object. */
function admit(schema: Schema, given: unknown, old: unknown, path: string): { value: unknown; mistakes: string[] } {
  const mistakes: string[] = [];
  let value = given;
  if (schema.type === 'object' && value !== null && typeof value === 'object') {
    const object: Record<string, unknown> = { ...value };
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      if (object[name] === undefined && field.default !== undefined) object[name] = structuredClone(field.default);
      if (object[name] === undefined) continue;
      const admitted = admit(field, object[name], (old as Record<string, unknown> | undefined)?.[name], `${path}.${name}`);
      object[name] = admitted.value;
      mistakes.push(...admitted.mistakes);
    }
    for (const name of schema.required ?? []) if (object[name] === undefined) mistakes.push(`${path}.${name} required`);
    value = object;
  } else if (schema.type === 'array' && Array.isArray(value)) {
    if (value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY) || value.length < (schema.minItems ?? 0))
      mistakes.push(`${path} length`);
    value = value.map((item, i) => {
      const admitted = admit(schema.items ?? {}, item, undefined, `${path}[${i}]`);
      mistakes.push(...admitted.mistakes);
      return admitted.value;
    });
  } else if (!scalarFits(schema, value)) mistakes.push(`${path} scalar`);
  if (mistakes.length === 0) {
    for (const { rule } of schema['x-kubernetes-validations'] ?? []) {
      if (rule.includes('oldSelf') && old === undefined) continue; // a transition rule
      if (cel.evaluate(rule, { self: toCel(value), oldSelf: toCel(old) }) !== true) mistakes.push(`${path}: ${rule}`);
    }
  }
  return { value, mistakes };
}

function scalarFits(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case 'string':
      return (
        typeof value === 'string' &&
        value.length <= (schema.maxLength ?? 1e9) &&
        value.length >= (schema.minLength ?? 0) &&
        (!schema.pattern || new RegExp(schema.pattern).test(value)) &&
        (!schema.enum || schema.enum.includes(value))
      );
    case 'integer':
      return Number.isInteger(value) && (value as number) >= (schema.minimum ?? -1e15) && (value as number) <= (schema.maximum ?? 1e16);
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return false;
  }
}

/** Integers are int in CEL. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(toCel);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toCel(each)]));
  return value;
}

type Spec = Record<string, unknown>;
const connection = { host: 'orders-db', database: 'orders', credentials: { secretRef: { name: 'orders-dbintel' } } };
const minimal: Spec = { engine: 'postgres', connection };

const good: Record<string, Spec> = {
  'the least': minimal,
  'a file for the credentials': { ...minimal, connection: { ...connection, credentials: { file: '/etc/orders' } } },
  'TLS with a secret': { ...minimal, connection: { ...connection, tls: { mode: 'verify-ca', secretRef: { name: 'tls' } } } },
  'every strategy but one off': {
    ...minimal,
    collection: { strategies: { impact: 1, variance: 0, regression: 0, newlySeen: 0, stale: 0 } },
  },
  'a short interval': { ...minimal, collection: { interval: '10s' } },
  'the longest timeout': { ...minimal, safety: { statementTimeout: { min: '5s', max: '5s' } } },
  'compound durations': { ...minimal, collection: { interval: '1m30s' } },
  'blackouts over midnight': {
    ...minimal,
    collection: { blackouts: [{ start: '22:00', end: '02:00', timeZone: 'Europe/Berlin', days: ['Sun'] }] },
  },
  muted: { ...minimal, findings: { mute: [{ rule: 'large-offset' }] } },
  suspended: { ...minimal, suspend: true },
};

const bad: Record<string, [Spec, path: string]> = {
  'no engine': [{ connection }, 'spec.engine'],
  'an engine that is not there': [{ ...minimal, engine: 'oracle' }, 'spec.engine'],
  'no connection': [{ engine: 'postgres' }, 'spec.connection'],
  'no database': [{ ...minimal, connection: { host: 'h', credentials: connection.credentials } }, 'spec.connection.database'],
  'a port too large': [{ ...minimal, connection: { ...connection, port: 70_000 } }, 'spec.connection.port'],
  'a port as text': [{ ...minimal, connection: { ...connection, port: '5432' } }, 'spec.connection.port'],
  'a host with a space': [{ ...minimal, connection: { ...connection, host: 'a b' } }, 'spec.connection.host'],
  'both kinds of credentials': [
    { ...minimal, connection: { ...connection, credentials: { secretRef: { name: 'a' }, file: '/b' } } },
    'spec.connection.credentials',
  ],
  'neither kind of credentials': [{ ...minimal, connection: { ...connection, credentials: {} } }, 'spec.connection.credentials'],
  'both kinds of TLS files': [
    { ...minimal, connection: { ...connection, tls: { secretRef: { name: 'a' }, file: '/b' } } },
    'spec.connection.tls',
  ],
  'an interval below the floor': [{ ...minimal, collection: { interval: '9s' } }, 'spec.collection.interval'],
  'an interval that is none': [{ ...minimal, collection: { interval: '60' } }, 'spec.collection.interval'],
  'days in a duration': [{ ...minimal, collection: { reexplainAfter: '7d' } }, 'spec.collection.reexplainAfter'],
  'a timeout above its limit': [{ ...minimal, safety: { statementTimeout: { max: '6s' } } }, 'spec.safety.statementTimeout.max'],
  'a timeout with its bounds crossed': [
    { ...minimal, safety: { statementTimeout: { min: '2s', max: '1s' } } },
    'spec.safety.statementTimeout.min',
  ],
  'a breaker with its bounds crossed': [
    { ...minimal, safety: { circuitBreaker: { openFor: '2h' } } },
    'spec.safety.circuitBreaker.openFor',
  ],
  'every strategy off': [
    { ...minimal, collection: { strategies: { impact: 0, variance: 0, regression: 0, newlySeen: 0, stale: 0 } } },
    'spec.collection.strategies',
  ],
  'a negative weight': [{ ...minimal, collection: { strategies: { impact: -1 } } }, 'spec.collection.strategies.impact'],
  'more than everything': [{ ...minimal, safety: { databaseTimeBudget: '101%' } }, 'spec.safety.databaseTimeBudget'],
  'a percentage without its sign': [{ ...minimal, safety: { brake: { connectionsUsed: '80' } } }, 'spec.safety.brake.connectionsUsed'],
  'a text limit too large': [{ ...minimal, safety: { limits: { queryText: '2Mi' } } }, 'spec.safety.limits.queryText'],
  'no such time of day': [
    { ...minimal, collection: { blackouts: [{ start: '24:00', end: '01:00' }] } },
    'spec.collection.blackouts.0.start',
  ],
  'no such day': [
    { ...minimal, collection: { blackouts: [{ start: '20:00', end: '01:00', days: ['Sonntag'] }] } },
    'spec.collection.blackouts.0.days.0',
  ],
};

const manifest = (spec: Spec) =>
  stringify({ apiVersion: 'dbintel.io/v1alpha1', kind: 'DatabaseTarget', metadata: { name: 'orders', namespace: 'shop' }, spec });

describe.each(Object.entries(good))('good: %s', (_, spec) => {
  it('zod', () => expect(readManifests(manifest(spec)).mistakes).toEqual([]));
  it('CRD', () => expect(admit(specSchema, spec, undefined, 'spec').mistakes).toEqual([]));
  it('both fill in the same defaults', () => {
    expect(readManifests(manifest(spec)).targets[0]?.spec).toEqual(admit(specSchema, spec, undefined, 'spec').value);
  });
});

describe.each(Object.entries(bad))('bad: %s', (_, [spec, path]) => {
  it('zod says where', () => expect(readManifests(manifest(spec)).mistakes.map((mistake) => mistake.path)).toContain(path));
  it('CRD', () => expect(admit(specSchema, spec, undefined, 'spec').mistakes.length).toBeGreaterThan(0));
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
      { line: 8, path: 'spec.collection.intervall', message: 'unknown field; did you mean "interval"?' },
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
      "apiVersion: v1\nkind: Secret\nmetadata: { name: s, namespace: n }\ndata: { username: dXNlcg== }\nstringData: { password: pÄss }\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: t }\ndata: { password: 'CANARY not base64' }\n",
    );
    expect(read.secrets).toEqual([{ namespace: 'n', name: 's', values: { username: 'user', password: 'pÄss' } }]);
    expect(JSON.stringify(read.mistakes)).not.toContain('CANARY');
    expect(read.mistakes).toMatchObject([{ line: 10, path: 'data.password' }]);
  });
});

describe('CRD', () => {
  it('engine is immutable', () => {
    expect(admit(specSchema, minimal, { engine: 'mysql' }, 'spec').mistakes.join()).toContain('oldSelf');
    expect(admit(specSchema, minimal, minimal, 'spec').mistakes).toEqual([]);
  });

  const owned = (epoch: number, holder: string) => ({ status: { ownership: { epoch, holder } } });
  it.each<[string, boolean, object, object]>([
    ['first write with epoch 1', true, {}, owned(1, 'a')],
    ['first write with another epoch', false, {}, owned(2, 'a')],
    ['same holder, same epoch', true, owned(4, 'a'), owned(4, 'a')],
    ['raised by one', true, owned(4, 'a'), owned(5, 'b')],
    ['the same raise sent again', true, owned(5, 'b'), owned(5, 'b')],
    ['lower epoch', false, owned(4, 'a'), owned(3, 'b')],
    ['other holder, same epoch', false, owned(4, 'a'), owned(4, 'b')],
    ['skipped epoch', false, owned(4, 'a'), owned(6, 'b')],
    ['removed ownership', false, owned(4, 'a'), { status: {} }],
    ['removed status', false, owned(4, 'a'), {}],
    ['no status on either side', true, {}, {}],
  ])('the fence: %s', (_, accepted, before, after) => {
    expect(cel.evaluate(fencingRule, { self: toCel(after), oldSelf: toCel(before) })).toBe(accepted);
  });

  it('what has no structural form is refused, not guessed', () => {
    expect(() => structural({ type: 'string', propertyNames: {} })).toThrow('no structural form');
    expect(() => structural({ type: 'string', pattern: '(?=x)' })).toThrow('look-around');
  });
  it('every string and list under a rule is bounded', () => {
    const unbounded: string[] = [];
    const walk = (schema: Schema, path: string) => {
      if (schema.type === 'string' && schema.maxLength === undefined && !schema.enum && !('format' in schema)) unbounded.push(path);
      if (schema.type === 'array' && schema.maxItems === undefined) unbounded.push(path);
      for (const [name, field] of Object.entries(schema.properties ?? {})) walk(field, `${path}.${name}`);
      if (schema.items) walk(schema.items, `${path}[]`);
    };
    walk(specSchema, 'spec');
    expect(unbounded).toEqual([]);
  });
});
