import * as z from 'zod';
import { names } from '../../field.ts';
import { ownDatabases } from './engine-rules.ts';

/** `spec.databases`: whose statements are explained. */
export const databases = z.strictObject({
  include: names(100)
    .default(['*'])
    .describe('Databases whose statements are explained; * matches any part of a name.'),
  exclude: names(100).default(ownDatabases),
});
