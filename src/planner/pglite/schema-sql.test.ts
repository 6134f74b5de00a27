import { expect, it } from 'vitest';
import { column, smallWorld, table } from '../../../test/support/what-if/small-world.ts';
import { addConstraint, attach, createTable, surroundings } from './schema-sql.ts';

const known = () => true;
const none: ReadonlySet<string> = new Set();

it('keeps the numbers of columns where some were dropped', () => {
  const [create, drop] = createTable(
    table('t', [column(2, 'a', 'integer'), column(4, 'b', 'text', { required: true })]),
    known,
    none,
  );
  expect(create).toBe(
    'CREATE TABLE "public"."t" ("dropped 1" int, "a" integer, "dropped 3" int, "b" text NOT NULL)',
  );
  expect(drop).toBe('ALTER TABLE "public"."t" DROP COLUMN "dropped 1", DROP COLUMN "dropped 3"');
});

it('takes bytes for a type that there is not, and no collation with it', () => {
  const at = column(1, 'at', 'public.geometry(Point,4326)', { collation: 'public.x' });
  expect(createTable(table('t', [at]), () => false, none)).toEqual([
    'CREATE TABLE "public"."t" ("at" bytea)',
  ]);
});

it('attaches what has its parent there', () => {
  const child = table('c', [], {
    parents: [
      { schema: 'public', name: 'p', bound: 'DEFAULT' },
      { schema: 'public', name: 'gone' },
    ],
  });
  expect(attach(child, ({ name }) => name === 'p')).toEqual([
    'ALTER TABLE "public"."p" ATTACH PARTITION "public"."c" DEFAULT',
  ]);
});

it('looks at no row for a foreign key, since to look is to plan', () => {
  const key = { schema: 's', table: 't', name: 'k', kind: 'foreign' as const };
  const definition = 'FOREIGN KEY (a) REFERENCES s.u(id)';
  expect(addConstraint({ ...key, definition })).toMatch(/ NOT VALID$/);
  expect(addConstraint({ ...key, definition: `${definition} NOT VALID` })).not.toMatch(/VALID.*V/);
});

it('makes what relations stand among, and only extensions that there are', () => {
  const sql = surroundings(
    smallWorld({
      extensions: [
        { name: 'citext', schema: 'public' },
        { name: 'postgis', schema: 'public' },
      ],
      types: [
        { schema: 'public', name: 'e', kind: 'enum', labels: ["it's"] },
        { schema: 'public', name: 'd', kind: 'domain', base: 'integer' },
        { schema: 'public', name: 'r', kind: 'range', subtype: 'integer' },
        { schema: 'public', name: 'c', kind: 'composite', columns: [{ name: 'x', type: 'text' }] },
      ],
      tablespaces: [{ name: 'fast', options: ['random_page_cost=1.1'] }],
    }),
    new Set(['citext']),
  ).join('\n');
  expect(sql).toContain('"citext"');
  expect(sql).not.toContain('postgis');
  expect(sql).toContain(`CREATE TYPE "public"."e" AS ENUM ('it''s')`);
  expect(sql).toContain('CREATE TYPE "public"."c" AS ("x" text)');
  expect(sql).toContain('ALTER TABLESPACE "fast" SET (random_page_cost=1.1)');
});
