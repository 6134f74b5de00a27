import { fromLook, type IndexQuestions, type IndexWriter, toLooks } from '../index-looks.ts';
import type { Database } from './database.ts';

/** Of each database of a target the indexes as they were seen last. */
const putLook = `
INSERT INTO index_look (target, database, at, body) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET at = excluded.at, body = excluded.body WHERE excluded.at >= at`;
const looks = 'SELECT database, at, body FROM index_look WHERE target = ? ORDER BY database';

/** Nobody looks at it any more. */
export const lookRemovals = ['DELETE FROM index_look WHERE at < ?'] as const;

export const indexQuestions = (db: Database): IndexQuestions => ({
  indexes: async (target) => db.prepare(looks).all(target).flatMap(toLooks),
});

export const indexWriter = (db: Database): IndexWriter => ({
  async noteIndexes(look) {
    db.prepare(putLook).run(look.target, look.database, look.seenAt, fromLook(look));
  },
});
