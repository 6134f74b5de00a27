import { z } from 'zod';
import { duration, names, percent, size } from '../../field.ts';

/** `spec.safety`: what our own statements may cost the server, and when they are not sent at all. */
export const safety = z.strictObject({
  statementTimeout: z
    .strictObject({
      min: duration({ min: '10ms', max: '5s' }).default('100ms'),
      max: duration({ min: '10ms', max: '5s' }).default('1s'),
    })
    .prefault({})
    .describe('Bounds between which the timeout of an EXPLAIN adapts to this server.'),
  lockTimeout: duration({ min: '1ms', max: '5s' }).default('100ms'),
  explains: z
    .strictObject({
      perSecond: z.int().min(1).max(1_000).default(1),
      burst: z.int().min(1).max(10_000).default(30),
    })
    .prefault({})
    .describe(
      'EXPLAINs this target may be sent: what is sent is counted, two or three for a statement that is new, one for a known one.',
    ),
  databaseTimeBudget: percent()
    .default('0.5%')
    .describe('Share of wall time that our own statements may take on the server.'),
  databaseTimeBurst: duration({ min: '10ms', max: '10m' })
    .default('1s')
    .describe(
      'As much of it may be saved up and spent in one cycle; with the default budget, what 200 s give.',
    ),
  circuitBreaker: z
    .strictObject({
      failures: z.int().min(1).max(100).default(3).describe('Failed cycles in a row that open it.'),
      openFor: duration({ min: '1s', max: '24h' }).default('30s'),
      maxOpenFor: duration({ min: '1s', max: '24h' }).default('30m'),
    })
    .prefault({}),
  brake: z
    .strictObject({
      replicationLag: duration({ min: '1s' }).default('30s'),
      connectionsUsed: percent().default('80%'),
      activePerCore: z.int().min(1).max(1_000).default(4),
      cores: z
        .int()
        .min(1)
        .max(4_096)
        .default(8)
        .describe('CPU cores of the database server (cannot be detected).'),
      lockWaiters: z.int().min(1).max(10_000).default(5),
      slowdown: z
        .int()
        .min(2)
        .max(100)
        .default(3)
        .describe('How many times slower than usual our own statements may be.'),
      ignore: z
        .array(
          z.enum(['replicationLag', 'connectionsUsed', 'activePerCore', 'lockWaiters', 'slowdown']),
        )
        .max(5)
        .default([])
        .describe('Signals that do not count for this target.'),
      exceptStandbys: names(100)
        .default([])
        .describe(
          'postgres: standbys, by their application_name, whose lag does not count on the primary; such as one that is delayed on purpose.',
        ),
    })
    .prefault({})
    .describe('Signals of a server in trouble: while one is over its limit, cycles are skipped.'),
  limits: z
    .strictObject({
      queryText: size({ max: '1Mi' }).default('64Ki'),
      plan: size({ max: '4Mi' }).default('256Ki'),
      texts: size({ max: '1Gi' })
        .default('64Mi')
        .describe(
          'postgres: all texts in the statistics together; more are not read, because new statements wait meanwhile.',
        ),
      relations: percent()
        .default('5%')
        .describe('Share of the server’s lock table that planning one statement may take.'),
    })
    .prefault({}),
  allowFunctions: names(1_000)
    .default([])
    .describe('Functions, as schema.name, that planning may run although no superuser owns them.'),
});
