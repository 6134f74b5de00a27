import * as z from 'zod';
import { engineNames } from '../../model/engine-name.ts';

/** What prepares a server: a role with no more rights than collection needs. */
/** A line that ends would end a comment. */
const oneLine = z.string().regex(/^\P{Cc}*$/u, 'more than one line');
const word = oneLine.min(1).max(128);
const words = oneLine.max(2_048).describe('Several with commas between them.').optional();

export const grantsQuestion = z.object({
  engine: z.enum(engineNames),
  via: z.enum(['direct', 'procedure', 'function']).default('direct'),
  role: word.default('dbintel'),
  database: word.optional(),
  schemas: words,
  roles: words.describe('With `function`: those whose statements are to be explained.'),
});
export const grants = z.object({ sql: z.string().describe('To read, then to run; never by us.') });
export type GrantsAnswer = z.infer<typeof grants>;
