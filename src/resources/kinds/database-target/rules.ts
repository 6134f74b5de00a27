import type { z } from 'zod';
import { parseDuration } from '../../../base/quantity.ts';
import type { EngineName } from '../../../model/engine-name.ts';
import type { Rule } from '../../field.ts';
import type { advice } from './advice.ts';
import type { collection } from './collection.ts';
import type { connection } from './connection.ts';
import { engineRules } from './engine-rules.ts';
import type { explain } from './explain.ts';
import type { safety } from './safety.ts';

/**
 * Rules over several sections, each once in TypeScript and once in CEL;
 * test/contract/manifests.test.ts runs one corpus over both.
 */
interface Sections {
  engine: EngineName;
  connection: z.output<typeof connection>;
  explain: z.output<typeof explain>;
  collection: z.output<typeof collection>;
  safety: z.output<typeof safety>;
  advice: z.output<typeof advice>;
}

const [timeout, breaker] = ['self.safety.statementTimeout', 'self.safety.circuitBreaker'];

export const crossFieldRules: Rule<Sections>[] = [
  ...engineRules,
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
  {
    path: ['advice', 'mode'],
    message: 'advice.mode: apply needs advice.executor, who builds',
    cel: "self.advice.mode != 'apply' || has(self.advice.executor)",
    holds: ({ advice: { mode, executor } }) => mode !== 'apply' || executor !== undefined,
  },
  {
    path: ['advice', 'executor', 'secretRef', 'name'],
    message: 'advice.executor must not be the role that collects, which may change nothing',
    cel:
      '!has(self.advice.executor) || !has(self.connection.credentials.secretRef) || ' +
      'self.advice.executor.secretRef.name != self.connection.credentials.secretRef.name',
    holds: ({ advice: { executor }, connection: { credentials } }) =>
      executor === undefined || executor.secretRef.name !== credentials.secretRef?.name,
  },
  {
    path: ['advice', 'sandbox', 'credentials'],
    message: 'advice.sandbox must not have the login of the target, which may change nothing',
    cel:
      '!has(self.advice.sandbox) || !has(self.advice.sandbox.credentials.secretRef) || ' +
      '!has(self.connection.credentials.secretRef) || ' +
      'self.advice.sandbox.credentials.secretRef.name != ' +
      'self.connection.credentials.secretRef.name',
    holds: ({ advice: { sandbox }, connection: { credentials } }) =>
      sandbox?.credentials.secretRef === undefined ||
      sandbox.credentials.secretRef.name !== credentials.secretRef?.name,
  },
];
