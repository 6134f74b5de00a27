import type { QueryShape } from '../../model/query-shape.ts';

/**
 * Where a server keeps names of schemas and tables in lower case (`lower_case_table_names = 1`), a
 * text may write them as it likes: they are looked for as the catalogs have them. A plan names them
 * as the text does, so that stays as the alias.
 */
export function asStored({ relations, writes, distinctParts, ...shape }: QueryShape): QueryShape {
  return {
    ...shape,
    relations: relations.map(stored),
    ...(writes ? { writes: writes.map(tableAsStored) } : {}),
    ...(distinctParts
      ? {
          distinctParts: distinctParts.map(({ relations: from, ...part }) => ({
            ...part,
            ...(from ? { relations: from.map(stored) } : {}),
          })),
        }
      : {}),
  };
}

export interface TableNamed {
  schema?: string;
  name: string;
}

export const tableAsStored = ({ schema, name }: TableNamed): TableNamed => ({
  ...(schema === undefined ? {} : { schema: schema.toLowerCase() }),
  name: name.toLowerCase(),
});

function stored({ alias, ...table }: QueryShape['relations'][number]) {
  const lower = tableAsStored(table);
  const written = alias ?? table.name;
  return written === lower.name ? lower : { ...lower, alias: written };
}
