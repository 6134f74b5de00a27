import * as z from 'zod';
import { explainVias } from '../../../dialects/dialect.ts';
import { dialectOf, type LoginMethod } from '../../../dialects/index.ts';
import { type EngineName, engineNames } from '../../../model/engine-name.ts';
import type { Rule } from '../../field.ts';

/** What of a target depends on its engine: taken from the dialects, for all engines at once. */
export interface EngineView {
  engine: EngineName;
  connection: { database?: string | undefined; requireAuth?: readonly LoginMethod[] | undefined };
  explain: { via: string };
  advice: { values: 'none' | 'statistics'; sandbox?: object | undefined };
}

const ofEngine = (name: EngineName) => dialectOf(name).spec;
const distinct = <T>(list: readonly T[]): T[] => [...new Set(list)];
const quoted = (list: readonly string[]) => `[${list.map((each) => `'${each}'`).join(', ')}]`;

export const loginMethods = z.enum(
  distinct(engineNames.flatMap((name) => ofEngine(name).loginMethods)) as LoginMethod[],
);

export const ownDatabases = distinct(engineNames.flatMap((name) => ofEngine(name).ownDatabases));

const engineWord = ({ length }: readonly EngineName[]) => (length === 1 ? 'engine' : 'engines');

/** Each way of planning has its engines. */
const viaRules: Rule<Pick<EngineView, 'engine' | 'explain'>>[] = explainVias
  .map((way) => ({
    way,
    engines: engineNames.filter((name) => ofEngine(name).explainVia.includes(way)),
  }))
  .filter(({ engines }) => engines.length < engineNames.length)
  .map(({ way, engines }) => ({
    path: ['explain', 'via'],
    message: `explain.via: ${way} is for the ${engineWord(engines)} ${engines.join(' and ')}`,
    cel: `self.explain.via != '${way}' || self.engine in ${quoted(engines)}`,
    holds: ({ engine, explain }) => explain.via !== way || engines.includes(engine),
  }));

const loginRule: Rule<Pick<EngineView, 'engine' | 'connection'>> = {
  path: ['connection', 'requireAuth'],
  message: 'connection.requireAuth names a way to log in that the engine does not have',
  cel: `!has(self.connection.requireAuth) || self.connection.requireAuth.all(m, ${engineNames
    .map((name) => `(self.engine != '${name}' || m in ${quoted(ofEngine(name).loginMethods)})`)
    .join(' && ')})`,
  holds: ({ engine, connection }) =>
    connection.requireAuth?.every((each) => ofEngine(engine).loginMethods.includes(each)) ?? true,
};

const byStatistics = engineNames.filter((name) => ofEngine(name).whatIf === 'statistics');
const byRows = engineNames.filter((name) => ofEngine(name).whatIf === 'rules');

/** Where plans are made elsewhere, from the server's statistics. */
const adviceRules: Rule<Pick<EngineView, 'engine' | 'advice'>>[] = [
  {
    path: ['advice', 'values'],
    message:
      'advice.values: statistics is for the ' +
      `${engineWord(byStatistics)} ${byStatistics.join(' and ')}`,
    cel: `self.advice.values == 'none' || self.engine in ${quoted(byStatistics)}`,
    holds: ({ engine, advice }) => advice.values === 'none' || byStatistics.includes(engine),
  },
  {
    path: ['advice', 'sandbox'],
    message: `advice.sandbox is for the ${engineWord(byRows)} ${byRows.join(' and ')}`,
    cel: `!has(self.advice.sandbox) || self.engine in ${quoted(byRows)}`,
    holds: ({ engine, advice }) => advice.sandbox === undefined || byRows.includes(engine),
  },
];

export const engineRules: Rule<EngineView>[] = [
  ...engineNames.flatMap((name) =>
    ofEngine(name).rules.map((rule) => ({
      ...rule,
      cel: `self.engine != '${name}' || ${rule.cel}`,
      holds: (spec: EngineView) => spec.engine !== name || rule.holds(spec),
    })),
  ),
  loginRule,
  ...viaRules,
  ...adviceRules,
];
