import { describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import { makeTarget } from '../support/target.ts';

/** `collect --dry-run` tells what would be sent to any engine's server, without one. */
const ways = [
  ['postgres', 'direct', /EXPLAIN/],
  ['postgres', 'function', /"<role>"\(\$1/],
  ['mysql', 'direct', /EXPLAIN/],
  ['mysql', 'procedure', /CALL .*safe_explain/],
  ['mariadb', 'direct', /EXPLAIN/],
  ['mariadb', 'procedure', /CALL .*safe_explain/],
] as const;

describe('every statement that a cycle sends', () => {
  it.each(ways)('%s, %s', (engine, via, explains) => {
    const target = makeTarget({ engine, port: 1, spec: { explain: { via } } });
    const statements = createEngines()[engine].statements(target);
    expect(statements.length).toBeGreaterThan(10);
    expect(statements.every(({ purpose, sql }) => purpose !== '' && sql !== '')).toBe(true);
    expect(statements.map(({ sql }) => sql).join('\n')).toMatch(explains);
    const said = statements.map(({ purpose }) => purpose);
    expect(said.filter((purpose) => /[a-z][A-Z]/.test(purpose))).toEqual([]);
    const order = ['server lock', 'health', 'prerequisites', 'counters, without texts'];
    expect(said.filter((each, i) => order.includes(each) && said[i - 1] !== each)).toEqual(order);
  });

  it('and what advice reads besides, where it is on', () => {
    const said = (mode: string) =>
      createEngines()
        .postgres.statements(makeTarget({ port: 1, spec: { advice: { mode } } }))
        .filter(({ purpose }) => purpose.startsWith('index advice'));
    expect(said('disabled')).toEqual([]);
    expect(said('propose').length).toBeGreaterThan(10);
  });
});
