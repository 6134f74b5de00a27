import { asAppError } from '../base/errors.ts';
import type { Session } from '../engines/engine.ts';
import type { Unseen } from '../model/proposal.ts';
import type { WorldExport } from '../model/world.ts';
import type { AdviceWish, Listed, Seen } from './run.ts';
import type { Wanted } from './wanted.ts';

/**
 * The one look at a server: what plans stand on, of the databases that the statements are of, and
 * the indexes of all that our role may enter, since an index that nobody reads is in a database of
 * which there may be no statement. What fails in one database is told of, and the rest goes on.
 */
export type Looked = Pick<Seen, 'worlds' | 'listed' | 'server' | 'unseen'>;

/** Indexes of further ones are not looked at: a connection each. */
export const mostListed = 32;

export async function lookAtAll(
  session: Session,
  wanted: readonly Wanted[],
  { values }: Pick<AdviceWish, 'values'>,
): Promise<Looked> {
  const worlds: WorldExport[] = [];
  const listed: Listed[] = [];
  const unseen: Unseen[] = [];
  for (const each of wanted) {
    const world = await tried(session.exportWorld?.({ ...each, values }));
    if (world.kind === 'failed') unseen.push({ ...world, kind: 'plans', database: each.database });
    else if (world.value) worlds.push(world.value);
  }
  const around = await session.surroundings?.();
  for (const database of databasesOf(wanted, around?.databases)) {
    const indexes = await tried(session.indexCatalog?.(database));
    if (indexes.kind === 'failed') unseen.push({ ...indexes, kind: 'indexes', database });
    else if (indexes.value) listed.push({ database, indexes: indexes.value });
  }
  const { id, role } = session.server;
  const { replicas } = around ?? {};
  const server = { id, role, ...(replicas === undefined ? {} : { replicas }) };
  return { worlds, listed, server, unseen: [...unseen, ...worlds.flatMap(hiddenOf)] };
}

/** Those of the statements first. */
const databasesOf = (wanted: readonly Wanted[], all: readonly string[] = []): string[] =>
  [...new Set([...wanted.map(({ database }) => database), ...all])].slice(0, mostListed);

/** What is wrong with one database; after anything else there is no session any more. */
const itsOwn = ['statement_timeout', 'lock_timeout', 'insufficient_privilege'] as const;
type ItsOwn = (typeof itsOwn)[number];

async function tried<T>(
  asked: Promise<T> | undefined,
): Promise<{ kind: 'told'; value: T | undefined } | { kind: 'failed'; code: ItsOwn }> {
  try {
    return { kind: 'told', value: await asked };
  } catch (error) {
    const code = itsOwn.find((each) => each === asAppError(error).code);
    if (!code) throw error;
    return { kind: 'failed', code };
  }
}

/** Only of statistics of several columns nobody counts what is missing. */
function hiddenOf({ database, extended }: WorldExport): Unseen[] {
  const count = extended.filter(({ distinct, dependencies }) => !distinct && !dependencies).length;
  return count > 0 ? [{ kind: 'extended-statistics', database, count }] : [];
}
