import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplainVia } from '../../src/dialects/dialect.ts';
import type { Prepared, ReadyStatement, Session } from '../../src/engines/engine.ts';
import { createEngines } from '../../src/engines/index.ts';
import type { EngineName } from '../../src/model/engine-name.ts';
import type { Plan } from '../../src/model/plan.ts';
import { until } from './leaks.ts';
import { limits, makeTarget, openSession } from './target.ts';

/** What every engine promises, asked of each version of its server and each way to plan. */
export interface EngineKit {
  readonly engine: EngineName;
  readonly editions: readonly Edition[];
  /** Of a text, so that one redacted by the server and one as we know it are equal. */
  form(text: string): string;
  /** Of a plan, the operators among which one expected must be. */
  opsOf(plan: Plan): readonly string[];
  /** How its fingerprints are called, and what its own ids of statements look like. */
  readonly fingerprint: { readonly algorithm: unknown; readonly nativeId: RegExp };
  /** What the application's values look like: none of them leaves the engine. */
  readonly literals: RegExp;
  /** Texts are read once, and what they refuse is known from then on. */
  readonly remembersRefused: boolean;
}

export interface Edition {
  readonly name: string;
  /** What the server's version begins with. */
  readonly version: string;
  readonly via: ExplainVia;
  /** Each has been run by the application. */
  readonly statements: readonly KnownStatement[];
  /** Prerequisites by name, as they are where nothing is missing. */
  readonly checks: Readonly<Record<string, object>>;
  /** What the rehearsal tries beside them, in order. */
  readonly rehearsed: readonly object[];
  readonly counted: { readonly text: string; readonly calls: number; readonly deviation: boolean };
  /** Codes by text. */
  readonly refused: Readonly<Record<string, string>>;
  readonly tables: {
    readonly of: string;
    readonly leastRows: number;
    readonly facts: readonly object[];
  };
  /** A server with the role that we print, after the application's work. */
  start(): Promise<EngineServer>;
}

export interface KnownStatement {
  readonly sql: string;
  readonly values?: readonly unknown[];
  /** As the server normalises it, where that is more than other marks for values. */
  readonly text?: string;
  /** One of them is in the plan that its real values get; absent: ask the server. */
  readonly ops?: readonly string[];
  /** Why it is not planned here. */
  readonly refused?: string;
}

/** The server's own view. */
export interface EngineServer {
  readonly port: number;
  /** Operators of which the plan has one. */
  expectedOps(statement: KnownStatement): Promise<readonly string[]>;
  /** Of all statements that it counts. */
  nativeIds(): Promise<ReadonlySet<unknown>>;
  /** What its statistics hold of our own statements. */
  ownEntries(): Promise<readonly object[]>;
  /** No connection, no lock. */
  expectNothingLeft(): Promise<void>;
  stop(): Promise<void>;
}

export const describeEngine = (kit: EngineKit) =>
  describe.each(kit.editions)(`${kit.engine} $name`, (edition) => {
    const { engine: name, form } = kit;
    const engine = createEngines()[name];
    let server: EngineServer;
    let session: Session;
    let prepared: Prepared[];

    const open = (uid?: string, epoch = 1) => {
      const spec = { explain: { via: edition.via } };
      const target = makeTarget({ engine: name, port: server.port, spec, ...(uid ? { uid } : {}) });
      return openSession(target, { engine, epoch });
    };
    /** Several texts may share one redacted form: `id = 5` and `id = 5.0`. */
    const allOf = (text: string): Prepared[] => {
      const found = prepared.filter(
        (each) => each.text !== undefined && form(each.text) === form(text),
      );
      if (found.length > 0) return found;
      throw new Error(`not seen: ${text} among ${prepared.map((each) => each.text).join(' | ')}`);
    };
    const find = (text: string) => allOf(text)[0] as Prepared;

    beforeAll(async () => {
      server = await edition.start();
      session = await open();
      await session.prerequisites();
      prepared = await session.prepare((await session.snapshot()).statements);
    });
    afterAll(async () => {
      await session?.close();
      await server?.expectNothingLeft();
      await server?.stop();
    });

    it('tells who it talks to', () => {
      expect(session.server).toMatchObject({ role: 'primary' });
      expect(session.server.version.startsWith(edition.version)).toBe(true);
      expect(session.server.id).not.toBe('');
    });

    it('takes the server’s lock, and a second collector does not get it', async () => {
      expect(await session.lock()).toBe(true);
      await using other = await open('another-target');
      expect(await other.lock()).toBe(false);
    });

    it('finds its prerequisites met, with the role that we print', async () => {
      const checks = await session.prerequisites();
      expect(checks.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
      for (const [check, wanted] of Object.entries(edition.checks))
        expect(checks.find((each) => each.name === check)).toMatchObject(wanted);
    });

    it('rehearses each read of a cycle, for people', async () => {
      const known = (await session.prerequisites()).map((each) => each.name);
      const rehearsed = (await Array.fromAsync(session.rehearse())).filter(
        (each) => !known.includes(each.name),
      );
      expect(rehearsed).toMatchObject(edition.rehearsed);
    });

    it.each(edition.statements)('explains: $sql', async (statement) => {
      const candidates = allOf(statement.text ?? statement.sql);
      if (statement.refused !== undefined)
        return expect(candidates).toMatchObject([
          { kind: 'refused', refusal: { code: statement.refused } },
        ]);
      const plans: Plan[] = [];
      for (const each of candidates) {
        expect(each).toMatchObject({ kind: 'ready' });
        const answer = await session.explain(each as ReadyStatement, limits);
        if (answer.kind === 'refused') throw new Error(JSON.stringify(answer));
        plans.push(answer.plan);
        expect(answer.plan.fingerprint).toMatchObject({
          algorithm: kit.fingerprint.algorithm,
          nativeId: each.nativeId,
        });
        expect(each.nativeId).toMatch(kit.fingerprint.nativeId);
      }
      const wanted = await server.expectedOps(statement);
      const ops = plans.flatMap(kit.opsOf);
      expect(
        wanted.some((op) => ops.includes(op)),
        `${wanted} in ${ops}`,
      ).toBe(true);
      for (const plan of plans) {
        expect(plan.lossiness).not.toContain('typing_unverified');
        expect(plan.lossiness).not.toContain('unknown_nodes');
        expect(plan.hash.shape).toMatch(/^ph2:[0-9a-f]{32}$/);
        expect(JSON.stringify(plan)).not.toMatch(kit.literals);
      }
    });

    it('counts calls and time, with their deviation where the server tells', async () => {
      const { text, calls, deviation } = edition.counted;
      const { nativeId } = find(text);
      const { statements } = await session.snapshot();
      const point = statements.find((each) => each.nativeId === nativeId);
      expect(point?.calls).toBe(calls);
      expect(point?.totalMs).toBeGreaterThan(0);
      if (deviation) expect(point?.stddevMs).toBeGreaterThan(0);
      else expect(point?.stddevMs).toBeUndefined();
    });

    it('keeps the server’s own ids exact', async () => {
      const ids = await server.nativeIds();
      const lost = prepared.filter(({ nativeId }) => !ids.has(nativeId));
      expect(prepared.length).toBeGreaterThan(0);
      expect(lost).toEqual([]);
    });

    it.each(Object.entries(edition.refused))(
      'says why not, from the closed table: %s',
      (text, code) => {
        for (const each of allOf(text))
          expect(each).toMatchObject({ kind: 'refused', refusal: { code } });
      },
    );

    it('takes for refused by its text nothing that can be planned', () => {
      const told = prepared.filter((each) => session.refusedByText(each));
      expect(told.filter(({ kind }) => kind === 'ready')).toEqual([]);
      expect(told.length > 0).toBe(kit.remembersRefused);
    });

    it('describes the tables that a statement uses, where it may see them', () => {
      const { of, leastRows, facts: wanted } = edition.tables;
      const { facts } = find(of) as ReadyStatement;
      expect(facts).toMatchObject(wanted);
      for (const { rows } of facts) expect(rows).toBeGreaterThanOrEqual(leastRows);
    });

    it('leaves no entry of its own in the statistics', async () => {
      expect(await server.ownEntries()).toEqual([]);
    });

    it('has measured its own time', () => expect(session.databaseMs).toBeGreaterThan(0));

    it('a former owner’s session is ended by its successor, and cannot come back', async () => {
      await session.close();
      const former = await open('third-target', 1);
      expect(await former.lock()).toBe(true);
      await using newer = await open('third-target', 3);
      // It waits for a moment only until the former one is gone.
      await until(() => newer.lock(), 10_000, 'its successor has the lock');
      await expect(former.health()).rejects.toMatchObject({ code: 'connection_failed' });
      await former.close();
      await using late = await open('third-target', 1);
      expect(await late.lock()).toBe(false);
    });
  });
