import type { DialectName } from '../model/engine-name.ts';
import type { Dialect } from './dialect.ts';
import { notKnown, outOfFrame, type ReadText, readWith } from './read-text.ts';

/** Dialects for a page, which loads them one by one: index.ts has all of them at hand. */
const loaders: Record<DialectName, () => Promise<Dialect>> = {
  postgres: async () => (await import('./postgres/dialect.ts')).postgres,
  mysql: async () => (await import('./mysql/dialect.ts')).mysql,
  mariadb: async () => (await import('./mariadb/dialect.ts')).mariadb,
  sqlserver: async () => (await import('./sqlserver/dialect.ts')).sqlserver,
  oracle: async () => (await import('./oracle/dialect.ts')).oracle,
};

export const loadDialect = (name: DialectName): Promise<Dialect> => loaders[name]();

/** As `readPlanText` does, with no more dialects than it takes to be sure. Rejects as it throws. */
export async function loadAndRead(text: string, collectedAt: number): Promise<ReadText> {
  const unframed = outOfFrame(text);
  let [best, most]: [Dialect | undefined, number] = [undefined, 0];
  for (const load of Object.values(loaders)) {
    const dialect = await load();
    const sure = dialect.sniff(unframed.plain);
    if (sure > most) [best, most] = [dialect, sure];
    if (most === 1) break;
  }
  if (!best) throw notKnown(unframed.plain);
  return readWith(best, text, unframed, { collectedAt });
}
