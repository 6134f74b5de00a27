import { describe, expect, it } from 'vitest';
import { guard } from './guard.ts';

const written = (sql: string) => {
  const guarded = guard(sql, { bytes: 65_536, sampleLength: 4_096 });
  if (guarded.kind === 'refused') throw new Error(JSON.stringify(guarded));
  return (guarded.shape.writes ?? []).map(({ schema, name }) =>
    schema ? `${schema}.${name}` : name,
  );
};

describe('whose rows a write changes', () => {
  it.each([
    ['DELETE FROM a WHERE x = 1', ['a']],
    ['DELETE s FROM customers c JOIN sessions s ON s.id = c.id', ['sessions']],
    ['DELETE c, s.* FROM customers c JOIN sessions s ON s.id = c.id', ['customers', 'sessions']],
    ['DELETE FROM s USING customers c JOIN sessions s ON s.id = c.id', ['sessions']],
    ['DELETE QUICK shop.s FROM shop.s JOIN shop.c ON c.id = s.id', ['shop.s']],
    ['UPDATE a SET x = 1 WHERE y = 2', ['a']],
    ['UPDATE a JOIN b ON a.id = b.id SET b.x = a.x, b.y = f(a.y, a.z) WHERE a.q = 1', ['b']],
    ['UPDATE shop.a, b SET shop.a.x = 1, `b`.y = 2', ['shop.a', 'b']],
    ['UPDATE a JOIN b ON a.id = b.id SET x = 1', []],
    ['INSERT INTO a SELECT * FROM b', ['a']],
    ['REPLACE INTO shop.a (x) VALUES (1)', ['shop.a']],
    ['INSERT IGNORE `a` (x) VALUES (1)', ['a']],
    ['REPLACE shop.a SELECT x FROM b', ['shop.a']],
    ['INSERT HIGH_PRIORITY IGNORE INTO a VALUES (1)', ['a']],
    ['SELECT a FROM b', []],
  ])('%s', (sql, tables) => expect(written(sql)).toEqual(tables));
});
