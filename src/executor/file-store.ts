import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { isFinal, isHeld, type LoopState, proposed } from '../advice/machine-state.ts';
import type { Clock } from '../base/clock.ts';
import { type Proposal, proposalPhases } from '../model/proposal.ts';
import type { Recommendation, RecommendationStore } from './ports.ts';
import { fingerprintsOf, hidesFirst, indexChangeOf } from './recommendation.ts';

/**
 * Approvals and what became of them, as files beside the history of a standalone program:
 * `ID.approval.json` is a person's, `ID.state.N.json` the executor's N-th word. A new word is made
 * where none of that number is, so of two that write at once one is told so. How a round ended
 * stays, as a record of it.
 */
export interface FileStoreOptions {
  folder: string;
  /** What there is to decide on. */
  proposal(id: string): Promise<Proposal | undefined>;
  /** Of the target: a regression is taken back without being asked. */
  autoRollback(proposal: Proposal): boolean;
  clock: Clock;
}

export interface FileStore extends RecommendationStore {
  approve(approval: FileApproval): Promise<void>;
  /** The approval is taken back. False: there was none. */
  revoke(id: string): Promise<boolean>;
  /** How rounds before the present one ended, the latest first. */
  ended(id: string): Promise<LoopState[]>;
  /** One of them; undefined: no such proposal, or none of an index. */
  find(id: string): Promise<Recommendation | undefined>;
}

const approvalSchema = z.strictObject({
  id: z.string().regex(/^adv-[0-9a-f]{12}$/),
  contentHash: z.string().max(71),
  approvedBy: z.string().min(1).max(253),
  at: z.number(),
  decision: z.enum(['Approve', 'Reject']),
  /** Of what was approved; the same may be advised for another since. */
  server: z.string().optional(),
});
export type FileApproval = z.infer<typeof approvalSchema>;

const stateSchema = z.looseObject({
  phase: z.enum(proposalPhases),
  since: z.number(),
  reason: z.string(),
  detail: z.string().optional(),
  attempt: z.int(),
  notBefore: z.number(),
});

/** That are shown. */
const mostEnds = 5;

export function openFileStore({
  folder,
  proposal,
  autoRollback,
  clock,
}: FileStoreOptions): FileStore {
  const file = (name: string) => join(folder, name);
  const states = async (id: string): Promise<number[]> =>
    (await readdir(folder).catch(() => []))
      .flatMap((name) => {
        const [, number] = name.startsWith(`${id}.state.`)
          ? (/\.(\d+)\.json$/.exec(name) ?? [])
          : [];
        return number === undefined ? [] : [Number(number)];
      })
      .toSorted((a, b) => b - a);

  const find = async (id: string): Promise<Recommendation | undefined> => {
    const found = await proposal(id);
    const change = found && indexChangeOf({ ...found, targetUid: found.target.uid });
    if (!found || !change) return undefined;
    const [latest] = await states(id);
    const stored =
      latest === undefined ? undefined : await readJson(file(`${id}.state.${latest}.json`));
    const state =
      stored === undefined ? proposed(clock.now()) : (stateSchema.parse(stored) as LoopState);
    const approval = await readJson(file(`${id}.approval.json`));
    const read = approval === undefined ? undefined : approvalSchema.parse(approval);
    const said = isReplayed(read, found) && !isHeld(state) ? undefined : read;
    const { uid, name, namespace = 'default' } = found.target;
    return {
      uid: id,
      label: `${name}/${id}`,
      target: { uid, name, namespace },
      engine: found.engine,
      database: found.database,
      advisedFor: found.server,
      change,
      bytes: found.evidence.sizeBytes,
      evidence: fingerprintsOf(found.evidence.statements),
      subject: {
        kind: change.kind,
        contentHash: found.contentHash,
        expiresAt: found.expiresAt,
        autoRollback: autoRollback(found),
        hides: hidesFirst(found.engine),
      },
      state,
      deleted: false,
      approval: said && {
        contentHash: said.contentHash,
        by: said.approvedBy,
        rejects: said.decision === 'Reject',
      },
      version: String(latest ?? 0),
    };
  };

  return {
    find,
    async list() {
      const names = await readdir(folder).catch(() => []);
      const ids = names.flatMap(
        (name) => /^(adv-[0-9a-f]{12})\.approval\.json$/.exec(name)?.[1] ?? [],
      );
      const found = await Promise.all(ids.map(find));
      return found.filter((each) => each !== undefined);
    },
    async ended(id) {
      const [, ...before] = await states(id);
      const stored = await Promise.all(
        before.slice(0, mostEnds).map((each) => readJson(file(`${id}.state.${each}.json`))),
      );
      return stored.flatMap((each) => {
        const state = each === undefined ? undefined : (stateSchema.parse(each) as LoopState);
        return state && isFinal(state) ? [state] : [];
      });
    },
    read: ({ uid }) => find(uid),
    async write(recommendation, state) {
      const { uid, version } = recommendation;
      const [latest = 0] = await states(uid);
      if (String(latest) !== version) return undefined;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const next = latest + 1;
      const whole = file(`${uid}.state.${randomUUID()}.new`);
      try {
        // Whole or not there, whenever the process is killed; and whoever comes second is told so.
        await writeFile(whole, `${JSON.stringify(state, undefined, 1)}\n`, { mode: 0o600 });
        await link(whole, file(`${uid}.state.${next}.json`));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
        throw error;
      } finally {
        await rm(whole, { force: true });
      }
      if (!isFinal(recommendation.state))
        await rm(file(`${uid}.state.${latest}.json`), { force: true });
      return { ...recommendation, state, version: String(next) };
    },
    release: async () => undefined,
    async approve(approval) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = file(`${approval.id}.approval.json`);
      await writeFile(`${path}.new`, `${JSON.stringify(approval, undefined, 1)}\n`, {
        mode: 0o600,
      });
      await rename(`${path}.new`, path);
    },
    async revoke(id) {
      const path = file(`${id}.approval.json`);
      const there = (await readJson(path)) !== undefined;
      await rm(path, { force: true });
      return there;
    },
  };
}

/** It was for another server, of the same content. A rejection stays one. */
const isReplayed = (said: FileApproval | undefined, { server }: Proposal): boolean =>
  said?.decision === 'Approve' && said.server !== undefined && said.server !== server;

/** Undefined: there is no such file. Files are written whole: half of one is somebody else's. */
async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not as it was written; put it back, or remove it`, {
      cause: error,
    });
  }
}
