import { z } from 'zod';

/** `spec.explain`: in whose name a statement is planned. */
export const explainVia = z.enum(['direct', 'procedure', 'function']);
export type ExplainVia = z.infer<typeof explainVia>;

export const explain = z.strictObject({
  via: explainVia
    .default('direct')
    .describe(
      'procedure (mysql, mariadb): EXPLAIN runs in stored procedures of a locked account. function (postgres): EXPLAIN runs in a function of the role whose statement it is, with its rights. With both the collector’s own account needs no right on tables.',
    ),
});
