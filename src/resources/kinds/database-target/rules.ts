import type { z } from 'zod';
import { parseDuration } from '../../../base/quantity.ts';
import type { Rule } from '../../field.ts';
import type { collection } from './collection.ts';
import { type connection, loginMethods } from './connection.ts';
import type { explain } from './explain.ts';
import type { safety } from './safety.ts';

/**
 * Rules over several sections, each once in TypeScript and once in CEL;
 * test/contract/manifests.test.ts runs one corpus over both.
 */
interface Sections {
  engine: string;
  connection: z.output<typeof connection>;
  explain: z.output<typeof explain>;
  collection: z.output<typeof collection>;
  safety: z.output<typeof safety>;
}

/** Each way of planning has its engines. */
export const viaRules: Rule<Pick<Sections, 'engine' | 'explain'>>[] = [
  {
    path: ['explain', 'via'],
    message: 'explain.via: procedure is for the engines mysql and mariadb',
    cel: "self.explain.via != 'procedure' || self.engine in ['mysql', 'mariadb']",
    holds: ({ engine, explain }) =>
      explain.via !== 'procedure' || ['mysql', 'mariadb'].includes(engine),
  },
  {
    path: ['explain', 'via'],
    message: 'explain.via: function is for the engine postgres',
    cel: "self.explain.via != 'function' || self.engine == 'postgres'",
    holds: ({ engine, explain }) => explain.via !== 'function' || engine === 'postgres',
  },
];

const postgresMethods = loginMethods.postgres.map((each) => `'${each}'`).join(', ');
const [timeout, breaker] = ['self.safety.statementTimeout', 'self.safety.circuitBreaker'];

export const crossFieldRules: Rule<Sections>[] = [
  {
    path: ['connection', 'database'],
    message: 'connection.database is required where engine is postgres',
    cel: "self.engine != 'postgres' || has(self.connection.database)",
    holds: ({ engine, connection }) => engine !== 'postgres' || connection.database !== undefined,
  },
  {
    path: ['connection', 'requireAuth'],
    message: 'connection.requireAuth names a way to log in that the engine does not have',
    cel: [
      '!has(self.connection.requireAuth) || self.connection.requireAuth.all(m,',
      `(self.engine == 'postgres') == (m in [${postgresMethods}]))`,
    ].join(' '),
    holds: ({ engine, connection }) =>
      connection.requireAuth?.every(
        (each) => (engine === 'postgres') === loginMethods.postgres.some((own) => own === each),
      ) ?? true,
  },
  ...viaRules,
  {
    path: ['safety', 'statementTimeout', 'min'],
    message: 'statementTimeout.min must not be above statementTimeout.max',
    cel: `duration(${timeout}.min) <= duration(${timeout}.max)`,
    holds: ({ safety: { statementTimeout } }) =>
      parseDuration(statementTimeout.min) <= parseDuration(statementTimeout.max),
  },
  {
    path: ['safety', 'statementTimeout', 'max'],
    message: 'statementTimeout.max must be below collection.interval',
    cel: `duration(${timeout}.max) < duration(self.collection.interval)`,
    holds: ({ safety, collection }) =>
      parseDuration(safety.statementTimeout.max) < parseDuration(collection.interval),
  },
  {
    path: ['safety', 'circuitBreaker', 'openFor'],
    message: 'circuitBreaker.openFor must not be above circuitBreaker.maxOpenFor',
    cel: `duration(${breaker}.openFor) <= duration(${breaker}.maxOpenFor)`,
    holds: ({ safety: { circuitBreaker } }) =>
      parseDuration(circuitBreaker.openFor) <= parseDuration(circuitBreaker.maxOpenFor),
  },
];
