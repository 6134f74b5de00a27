import { dialects } from '../../src/dialects/index.ts';
import type { Engine, ExplainResult, Prepared, Session } from '../../src/engines/engine.ts';
import { createPostgresEngine } from '../../src/engines/postgres/engine.ts';
import { emptyShape, type QueryShape } from '../../src/model/query-shape.ts';
import { type Refusal, refused } from '../../src/model/refusal.ts';
import type { Snapshot, StatementCounters, TableFacts } from '../../src/model/statistics.ts';

/** What a cycle asks of its server, in order; a call of each name can be met by a hook. */
export type Call =
  | 'open'
  | 'lock'
  | 'health'
  | 'prerequisites'
  | 'snapshot'
  | 'prepare'
  | 'explain'
  | 'texts';

export interface Script {
  /** Heaviest first; `refused`: what preparing it says, `answer`: what its EXPLAIN says. */
  statements: readonly ScriptedStatement[];
  together?: boolean;
  /** Before each call is answered; what it throws is thrown by the call. `nth` counts from 1. */
  before?(call: Call, nth: number): void;
}

export interface ScriptedStatement {
  key: string;
  database?: string;
  totalMs?: number;
  refused?: Refusal;
  refusedByText?: boolean;
  answer?: Refusal;
  /** With how many EXPLAINs. */
  sent?: number;
  /** Whose tables it means is looked for. */
  seeks?: boolean;
  /** What is known of it, whatever becomes of it. */
  shape?: QueryShape;
  facts?: TableFacts[];
}

/** Of each call, as the session counts it. */
export const callMs = 10;

/**
 * A server that says what a script says, at once: for what a cycle makes of answers and of being
 * cut short between them. Real servers have tests of their own.
 */
export function scriptedEngine(script: Script): Engine {
  let looks = 0;
  const counters = () => {
    looks += 1;
    return snapshotOf(script.statements, looks);
  };
  return { ...createPostgresEngine(), open: async () => openScripted(script, counters) };
}

/** `counters`: those of the next look; all statements have run as often again. */
export function openScripted(
  { statements, together = false, before = () => undefined }: Script,
  counters = () => snapshotOf(statements, 1),
): Session {
  const calls = new Map<Call, number>();
  let databaseMs = 0;
  const called = (call: Call) => {
    const nth = (calls.get(call) ?? 0) + 1;
    calls.set(call, nth);
    before(call, nth);
    databaseMs += callMs;
  };
  called('open');
  const scripted = (key: string) => statements.find((each) => each.key === key);
  return {
    server: { version: '18', role: 'primary', id: 'server' },
    together,
    get databaseMs() {
      return databaseMs;
    },
    get notes() {
      return Object.fromEntries(calls);
    },
    async lock() {
      called('lock');
      return true;
    },
    async health() {
      called('health');
      return {
        role: 'primary',
        connectionsUsed: 0.1,
        activeSessions: 1,
        lockWaiters: 0,
        took_ms: 2,
      };
    },
    async prerequisites() {
      called('prerequisites');
      return [{ name: 'version', verdict: 'ok', observed: '18' }];
    },
    async *rehearse() {
      yield* [];
    },
    async snapshot() {
      called('snapshot');
      return counters();
    },
    async prepare(asked) {
      called('prepare');
      return asked.map((statement): Prepared => {
        const { key } = statement;
        const basics = { ...statement, fingerprint: { algorithm: 'test', value: `f-${key}` } };
        const found = scripted(key);
        const { refused: refusal, shape = emptyShape(), facts = [], seeks } = found ?? {};
        if (refusal) return { ...basics, kind: 'refused', refusal, shape, facts };
        const ready = { ...basics, kind: 'ready' as const, text: key, shape, facts, token: key };
        return { ...ready, ...(seeks ? { seeks } : {}) };
      });
    },
    refusedByText: ({ key }) => scripted(key)?.refusedByText ?? false,
    async texts(asked) {
      called('texts');
      return new Map(asked.map(({ key }) => [key, `text of ${key}`]));
    },
    async explain({ key, fingerprint }): Promise<ExplainResult> {
      called('explain');
      const { answer, sent = 1 } = scripted(key) ?? {};
      if (answer) return { ...answer, sent };
      const plan = dialects.postgres.readPlan(planText, {
        engineVersion: '18',
        namespace: 'd',
        collectedAt: 0,
        parameters: 'generic',
        fingerprint,
      });
      return { kind: 'explained', plan, took_ms: 1, sent: 1 };
    },
    async close() {},
    async [Symbol.asyncDispose]() {},
  };
}

export const unparsable = refused('unparsable', 'scripted');

const planText = '[{"Plan": {"Node Type": "Result", "Total Cost": 1, "Plan Rows": 1}}]';

const snapshotOf = (statements: readonly ScriptedStatement[], looks: number): Snapshot => ({
  at: 1_000 * looks,
  epoch: 'e',
  statements: statements.map(
    ({ key, database = 'd', totalMs = 100 }): StatementCounters => ({
      key,
      nativeId: key,
      database,
      user: 'u',
      toplevel: true,
      calls: 10 * looks,
      totalMs: totalMs * looks,
      meanMs: totalMs / 10,
      rows: 10 * looks,
      tempBlocksWritten: 0,
    }),
  ),
});
