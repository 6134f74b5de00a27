import * as z from 'zod';
import { duration, names, percent, size } from '../../field.ts';

/** `spec.safety`: what our own statements may cost the server, and when none is sent at all. */
export const safety = z.strictObject({
  statementTimeout: z
    .strictObject({
      min: duration({ min: '10ms', max: '5s' })
        .default('100ms')
        .describe('Never less, so that one slow moment does not fail every EXPLAIN.'),
      max: duration({ min: '10ms', max: '5s' })
        .default('1s')
        .describe('Never more. It also bounds how long DDL can wait behind an EXPLAIN of ours.'),
    })
    .prefault({})
    .describe(
      'Bounds of the timeout of an EXPLAIN. Between them it adapts: four times the p99 of ' +
        'this server’s own EXPLAIN times, doubled on a timeout, narrowed when healthy.',
    ),
  lockTimeout: duration({ min: '1ms', max: '5s' })
    .default('100ms')
    .describe(
      'How long planning may wait for a lock. Nobody’s exclusive lock should queue behind us.',
    ),
  explains: z
    .strictObject({
      perSecond: z
        .int()
        .min(1)
        .max(1_000)
        .default(1)
        .describe('EXPLAINs a second, in the long run.'),
      burst: z.int().min(1).max(10_000).default(30).describe('EXPLAINs that may come at once.'),
    })
    .prefault({})
    .describe(
      'How many EXPLAINs this target may be sent. Each one sent counts: ' +
        'two or three for a new statement, one for a known one.',
    ),
  databaseTimeBudget: percent()
    .default('0.5%')
    .describe(
      'Share of wall time that our own statements may take on the server, ' +
        'as measured by us. Above it, cycles are skipped.',
    ),
  databaseTimeBurst: duration({ min: '10ms', max: '10m' })
    .default('1s')
    .describe(
      'Unspent budget that one cycle may use. The default is what the default budget gives ' +
        'in 200 s.',
    ),
  circuitBreaker: z
    .strictObject({
      failures: z.int().min(1).max(100).default(3).describe('Failed cycles in a row that open it.'),
      openFor: duration({ min: '1s', max: '24h' })
        .default('30s')
        .describe('The first pause. One probe follows; each that fails doubles the pause.'),
      maxOpenFor: duration({ min: '1s', max: '24h' })
        .default('30m')
        .describe('The longest pause, so that a server that is well again is found.'),
    })
    .prefault({})
    .describe('Circuit breaker: stops asking a server whose cycles fail.'),
  brake: z
    .strictObject({
      replicationLag: duration({ min: '1s' })
        .default('30s')
        .describe('Of a standby: our reads would slow down its replay.'),
      connectionsUsed: percent()
        .default('80%')
        .describe(
          'Share in use of the connections that are not reserved for administrators: the rest is ' +
            'for applications.',
        ),
      activePerCore: z
        .int()
        .min(1)
        .max(1_000)
        .default(4)
        .describe('Active sessions a core: above it statements wait for a CPU.'),
      cores: z
        .int()
        .min(1)
        .max(4_096)
        .default(8)
        .describe('CPU cores of the database server (cannot be detected).'),
      lockWaiters: z
        .int()
        .min(1)
        .max(10_000)
        .default(5)
        .describe('Sessions that wait for a lock: something is stuck already.'),
      slowdown: z
        .int()
        .min(2)
        .max(100)
        .default(3)
        .describe(
          'How many times slower than usual our own statements may be: ' +
            'the server is busy in some way.',
        ),
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
          'postgres: standbys, by their application_name, ' +
            'whose lag does not count on the primary; such as one that is delayed on purpose. ' +
            'Also replication slots, by their names, that do not count before an index is built.',
        ),
    })
    .prefault({})
    .describe(
      'Health brake (load shedding): while one signal is over its limit, ' +
        'cycles are skipped, with the reason.',
    ),
  limits: z
    .strictObject({
      queryText: size({ max: '1Mi' })
        .default('64Ki')
        .describe('A longer text is not explained: parsing it would cost too much.'),
      plan: size({ max: '4Mi' }).default('256Ki').describe('A larger plan is not kept.'),
      texts: size({ max: '1Gi' })
        .default('64Mi')
        .describe(
          'postgres: all texts of the statistics together. More are not read: ' +
            'new statements wait while the server reads them.',
        ),
      relations: percent()
        .default('5%')
        .describe(
          'Share of the server’s lock table that planning one statement may take; ' +
            'partitions and their indexes count.',
        ),
    })
    .prefault({}),
  allowFunctions: names(1_000)
    .default([])
    .describe(
      'Functions, as schema.name, that planning may run although no superuser owns them. ' +
        'All others are refused: untrusted_function.',
    ),
});
