import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import type { IndexDef } from '../model/index-def.ts';
import type { Change } from '../model/proposal.ts';
import { contentHash, formerHash, indexName, proposalId } from './identity.ts';

const index: IndexDef = {
  schema: 'public',
  table: 'orders',
  method: 'btree',
  keys: [{ column: 'customer_id' }, { column: 'at', descending: true }],
};
const change: Change = { kind: 'create-index', name: 'dbi_orders_1', index };
const hashed = { targetUid: 'u1', engine: 'postgres', database: 'd1', change } as const;
const of = (one: Change) => contentHash({ ...hashed, change: one });

describe('the hash of a change', () => {
  it('is pinned', () => {
    expect(of(change)).toMatchInlineSnapshot(
      `"sha256:a402cdc2d37c6644490f476b1c59b1c6cd9e816133f47aff0e44a9f87da23027"`,
    );
    expect(formerHash(hashed)).toBe(
      'sha256:44e9e8223bf07af93f8f11ed20327a3b5f4708d18ecef4de67bf23fd6014e878',
    );
    expect(proposalId(of(change))).toMatch(/^adv-[0-9a-f]{12}$/);
  });
  it('does not know in which order fields were set, nor those that are undefined', () => {
    const { schema, table, method, keys } = index;
    const turned = { keys, where: undefined, method, table, schema } as unknown as IndexDef;
    expect(of({ index: turned, kind: 'create-index', name: 'dbi_orders_1' })).toBe(of(change));
  });
  it('tells targets, engines, databases and every part of the index apart', () => {
    const others: Change[] = [
      { ...change, name: 'x' } as Change,
      { kind: 'create-index', name: 'dbi_orders_1', index: { ...index, unique: true } },
      {
        kind: 'create-index',
        name: 'dbi_orders_1',
        index: { ...index, keys: [...index.keys].reverse() },
      },
    ];
    const hashes = [
      ...others.map(of),
      contentHash({ ...hashed, targetUid: 'u2' }),
      contentHash({ ...hashed, engine: 'mysql' }),
      contentHash({ ...hashed, database: 'd2' }),
    ];
    expect(new Set([...hashes, of(change)]).size).toBe(hashes.length + 1);
  });
});

describe('the name of an index', () => {
  it('says the table and what the index is', () =>
    expect(indexName(index)).toMatch(/^dbi_orders_[0-9a-f]{8}$/));
  it('has at most 63 bytes of whole letters, whatever the table is called', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }), (table) => {
        const name = indexName({ ...index, table });
        expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(63);
        expect(indexName({ ...index, table })).toBe(name);
      }),
    ));
});
