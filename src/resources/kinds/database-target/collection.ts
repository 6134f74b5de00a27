import * as z from 'zod';
import { duration, names, ruled } from '../../field.ts';
import { timesOfDay } from './times-of-day.ts';

/** `spec.collection`: how often, how many statements, which ones first, and when not. */

/** Of the reasons to select a statement, by default. */
const weights = { impact: 100, variance: 50, regression: 100, newlySeen: 50, stale: 50 };
const weight = (reason: keyof typeof weights) => z.int().min(0).max(1_000).default(weights[reason]);
const strategies = ruled(
  z.strictObject({
    impact: weight('impact').describe('Mean time × calls in the interval.'),
    variance: weight('variance').describe('Standard deviation / mean of the interval.'),
    regression: weight('regression').describe(
      'Mean of the interval / median of earlier intervals.',
    ),
    newlySeen: weight('newlySeen').describe('Statements that were not there before.'),
    stale: weight('stale').describe('Plans older than reexplainAfter.'),
  }),
  {
    message: 'at least one strategy needs a weight above 0',
    cel: `${Object.keys(weights)
      .map((each) => `self.${each}`)
      .join(' + ')} > 0`,
    holds: (value) => Object.values(value).some((each) => each > 0),
  },
).describe('Weights of the reasons to select a statement; 0 is off.');

export const collection = z.strictObject({
  interval: duration({ min: '10s', max: '24h' })
    .default('60s')
    .describe(
      'From one cycle to the next. Two connections for the length of a cycle, none between.',
    ),
  maxQueriesPerCycle: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe('Statements that one cycle explains at most.'),
  minExecutionCount: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(5)
    .describe(
      'Statements that ran less often since the server began to count them are not explained.',
    ),
  reexplainAfter: duration({ min: '1h', max: '720h' })
    .default('6h')
    .describe('A plan older than this is made again.'),
  // Written out: the API server checks a default against the rules before it fills in the defaults
  // within.
  strategies: strategies.prefault(weights),
  exclude: z
    .strictObject({
      users: names(100).default([]).describe('Roles whose statements are not explained.'),
      schemas: names(100)
        .default([])
        .describe('Statements that use a relation of such a schema are not explained.'),
      fingerprints: names(1_000).default([]).describe('Single statements.'),
    })
    .prefault({}),
  blackouts: timesOfDay.describe('Times of day in which nothing is sent to the server.'),
});
