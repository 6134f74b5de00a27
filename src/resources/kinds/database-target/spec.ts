import * as z from 'zod';
import { engineNames } from '../../../model/engine-name.ts';
import { ruled } from '../../field.ts';
import { advice } from './advice.ts';
import { collection } from './collection.ts';
import { connection } from './connection.ts';
import { databases } from './databases.ts';
import { explain } from './explain.ts';
import { findings } from './findings.ts';
import { privacy } from './privacy.ts';
import { crossFieldRules } from './rules.ts';
import { safety } from './safety.ts';

/**
 * `DatabaseTarget`: one database server to collect from. This schema, a file a section, is the only
 * description: the CRD is generated from it, files are checked by it, and the code's types come out
 * of it. Every default is written in it, nowhere else.
 */
export const databaseTargetSpec = ruled(
  z.strictObject({
    engine: z.enum(engineNames).meta({
      'x-kubernetes-validations': [
        {
          rule: 'self == oldSelf',
          message: 'engine is immutable: delete the target and create another',
        },
      ],
    }),
    connection,
    databases: databases.prefault({}),
    explain: explain.prefault({}),
    collection: collection.prefault({}),
    safety: safety.prefault({}),
    findings: findings.prefault({}),
    privacy: privacy.prefault({}),
    advice: advice.prefault({}),
    suspend: z
      .boolean()
      .default(false)
      .describe('true: no connection is made, and a cycle in flight is cancelled.'),
  }),
  ...crossFieldRules,
);

export type DatabaseTargetSpec = z.infer<typeof databaseTargetSpec>;
