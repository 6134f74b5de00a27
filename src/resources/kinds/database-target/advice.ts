import * as z from 'zod';
import { duration, names, objectName, size } from '../../field.ts';
import { connection } from './connection.ts';
import { timesOfDay } from './times-of-day.ts';

/**
 * `spec.advice`: which indexes the server should have. What is asked of the server for it is read
 * from its catalogs once a run, as a cycle would; plans are made elsewhere. Nothing is built
 * without a person's approval.
 */
/** No word that YAML 1.1, as kubectl reads it, takes for a boolean: not `off`. */
export const adviceModes = ['disabled', 'propose', 'apply'] as const;

const secretRef = z.strictObject({
  name: objectName().describe('Name of a Secret in the target’s own namespace.'),
});

export const advice = z.strictObject({
  mode: z
    .enum(adviceModes)
    .default('disabled')
    .describe(
      'propose: what is advised is shown. apply: what a person has approved is built, too, by ' +
        'the executor. disabled: nothing runs.',
    ),
  every: duration({ min: '24h', max: '720h' })
    .default('24h')
    .describe('From one run to the next, on the replica that collects. A run takes minutes.'),
  budget: size({ min: '1Mi', max: '16Ti' })
    .default('1Gi')
    .describe(
      'How much all indexes that are advised may take on disk together. The executor builds none ' +
        'that would take more, with those that it has built in the database before: how much room ' +
        'a disk has cannot be read by SQL.',
    ),
  schemas: names(100).default([]).describe('Only for tables in these; all where it is empty.'),
  values: z
    .enum(['none', 'statistics'])
    .default('none')
    .describe(
      'postgres: statistics: the most common values and histograms of columns are used, too; ' +
        'they stay in memory for the length of a run. none: no value of any column is read.',
    ),
  replicas: z
    .array(objectName())
    .max(16)
    .optional()
    .describe(
      'Targets of the same namespace that are all its read replicas; [] where it has none. An ' +
        'index counts as unused where none of them uses it; where this is absent, only “not ' +
        'used here” is said.',
    ),
  sandbox: connection
    .omit({ database: true })
    .optional()
    .describe(
      'mysql and mariadb: a copy of the server, staging or a restored backup, on which indexes ' +
        'are really built and dropped again to see what plans would be. Never the server itself, ' +
        'a replica, nor one that others replicate from. Without it, advice is by rules. Where ' +
        'the chart has `secrets.names`, its Secret must be among them.',
    ),
  executor: z
    .strictObject({ secretRef })
    .optional()
    .describe(
      'Who builds: keys username and password of a role that owns the tables. Read by the ' +
        'executor alone.',
    ),
  window: timesOfDay.describe('Times of day in which something is built; any where it is empty.'),
  autoRollback: z
    .boolean()
    .default(true)
    .describe('What was built and makes a statement slower is taken back.'),
});
