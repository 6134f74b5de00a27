import * as z from 'zod';
import { explainVias } from '../../../dialects/dialect.ts';

/** `spec.explain`: in whose name a statement is planned. */
export const explainVia = z.enum(explainVias);

export const explain = z.strictObject({
  via: explainVia
    .default('direct')
    .describe(
      'procedure (mysql, mariadb): EXPLAIN runs in stored procedures of a locked account. ' +
        'function (postgres): EXPLAIN runs in a function of the role whose statement it is, ' +
        'with its rights. With both the collector’s own account needs no right on tables.',
    ),
});
