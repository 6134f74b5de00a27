import { fromLook, type IndexQuestions, type IndexWriter, toLooks } from '../index-looks.ts';
import type { Database } from './database.ts';

/** Of each database of a target the indexes as they were seen last. */
const putLook = `
INSERT INTO dbintel.index_look AS known (target, database, at, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (target, database) DO UPDATE SET at = excluded.at, body = excluded.body
WHERE excluded.at >= known.at`;
const looks = `
SELECT database, at, body FROM dbintel.index_look WHERE target = $1
ORDER BY database COLLATE "C"`;

/** Nobody looks at it any more. */
export const lookRemovals = ['DELETE FROM dbintel.index_look WHERE at < $1'] as const;

export const indexQuestions = (db: Database): IndexQuestions => ({
  indexes: async (target) => (await db.rows(looks, [target])).flatMap(toLooks),
});

export const indexWriter = (db: Database): IndexWriter => ({
  async noteIndexes(look) {
    const body = Buffer.from(fromLook(look));
    await db.rows(putLook, [look.target, look.database, look.seenAt, body]);
  },
});
