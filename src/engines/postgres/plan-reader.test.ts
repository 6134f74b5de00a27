import { describe, expect, it } from 'vitest';
import type { PlanSource } from '../../dialects/dialect.ts';
import { dialects } from '../../dialects/index.ts';
import { createPlanReader } from './plan-reader.ts';

const scan = (rows: number, planningMs = 0.25, type = 'Seq Scan') =>
  JSON.stringify([
    {
      Plan: {
        'Node Type': type,
        'Relation Name': 't',
        Alias: 't',
        'Startup Cost': 0,
        'Total Cost': 9,
        'Plan Rows': rows,
        'Plan Width': 4,
      },
      'Query Identifier': 7,
      'Planning Time': planningMs,
    },
  ]);
const statement = {};
const source = (over: Partial<PlanSource> = {}): PlanSource => ({
  engineVersion: '18.4',
  namespace: 'shop',
  collectedAt: 1,
  parameters: 'generic',
  fingerprint: { algorithm: 'pg_query-18', value: 'a', nativeId: '7' },
  queryText: 'SELECT $1',
  lossiness: ['typing_unverified'],
  ...over,
});

describe('a plan that was read before', () => {
  const { queryText: _, ...unnamed } = source();
  it.each([
    ['of the same statement', scan(5, 0.5), source()],
    [
      'of another target',
      scan(5, 0.125),
      source({ namespace: 'other', collectedAt: 9, lossiness: [], engineVersion: '17.2' }),
    ],
    ['whose text is not kept', scan(5), unnamed],
    ['with a node that nobody knows', scan(5, 0.25, 'Quantum Scan'), source({ lossiness: [] })],
    ['without a word of planning', scan(5).replace(/,"Planning Time":[0-9.]+/, ''), source()],
  ])('%s says what reading it anew says', (_, json, again) => {
    const read = createPlanReader();
    read(
      json.replace(/"Planning Time":[0-9.]+/, '"Planning Time":77'),
      source({ lossiness: ['rls_differs'] }),
      statement,
    );
    for (const of of [statement, {}])
      expect(read(json, again, of)).toEqual(dialects.postgres.readPlan(json, again));
  });

  it('is another one where anything else differs', () => {
    const read = createPlanReader();
    expect(read(scan(6), source(), statement).root.est.rows).toBe(6);
    const five = read(scan(5), source(), statement).root;
    expect(five.est.rows).toBe(5);
    expect(read(scan(5, 3), source({ collectedAt: 2 }), statement).root).toBe(five);
    expect(read(scan(5, 4), source(), {}).root).toBe(five);
    expect(read(`${scan(5)} `, source(), statement).root).not.toBe(five);
  });
});
