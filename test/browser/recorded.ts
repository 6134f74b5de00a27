import { rules } from '../../src/analysis/rules/index.ts';
import { rulesAnswer } from '../../src/app/rules-answer.ts';
import { codes } from '../../src/base/codes.ts';
import { fleetStates, stateWords } from '../../src/fleet/states.ts';
import type { ReplicasAnswer } from '../../src/http/answers/replicas.ts';
import type { SessionAnswer } from '../../src/http/answers/session.ts';
import { findingsAnswer, findingsOf } from './findings-data.ts';
import { fleetAnswer } from './fleet-answer.ts';
import { fleetOf } from './fleet-data.ts';
import type { Answers } from './lying-server.ts';

/** A whole program's answers over a fleet of this size. */
export const everything: SessionAnswer = {
  user: 'api',
  kind: 'token',
  mayRead: 'all',
  mayStop: true,
  mayResume: true,
  mayCheck: true,
  mayJudge: true,
  missing: [],
};

export function recordedAnswers(size: number): Answers {
  const items = fleetOf(size, Date.now());
  const findings = findingsOf(size, Date.now());
  return {
    session: () => everything,
    fleet: (params) => fleetAnswer(items, params),
    replicas: () => replicasAnswer(size),
    stops: () => ({ items: [] }),
    'past-stops': () => ({ items: [] }),
    findings: (params) => findingsAnswer(findings, params),
    search: (params) => ({
      q: params.get('q') ?? '',
      targets: { items: [], more: false },
      statements: { items: [], more: false, whole: true },
      findings: { items: findings.slice(0, 2), more: true },
    }),
    rules: () => ({ items: rulesAnswer(rules) }),
    codes: () => ({
      items: Object.entries(codes).map(([code, entry]) => ({ code, ...entry })),
      states: fleetStates.map((state) => ({ state, ...stateWords[state] })),
    }),
  };
}

export function replicasAnswer(targets: number): ReplicasAnswer {
  const now = Date.now();
  return {
    now,
    items: ['a', 'b', 'c'].map((name, at) => ({
      id: name,
      pod: `dbintel-6d9c-${name}`,
      version: '0.1.0',
      me: at === 0,
      shards: 341,
      targets: Math.round(targets / 3) - at * 37,
      load: 12,
      session: 'live',
      since: now - 86_400_000,
      seenAt: now - 1_000,
    })),
    redis: 'ok',
    history: { state: 'ok', shared: true },
  };
}
