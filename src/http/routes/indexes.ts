import type { IndexesUsed } from '../../model/index-use.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import { targetPath } from '../answers/common.ts';
import { indexes, indexesQuestion } from '../answers/indexes.ts';
import { type Api, type FindTarget, says, type TargetName, targetRoute } from '../api.ts';

/** The indexes of a target, as the runs of the advisor saw them; no server is asked. */
export interface IndexUseDeps {
  find: FindTarget;
  spec(uid: string): Target['spec'] | undefined;
  indexesUsed(
    target: TargetName,
    advice: Target['spec']['advice'] | undefined,
    limit: number,
  ): Promise<IndexesUsed>;
}

export function indexUseRoutes(api: Api, { find, spec, indexesUsed }: IndexUseDeps): void {
  api.get(
    `${targetRoute}/indexes`,
    says('Every index, the largest first: who reads it, why it could go or has to stay', indexes, {
      params: targetPath,
      querystring: indexesQuestion,
    }),
    async ({ params, query: { limit } }) => {
      const target = find(params);
      const advice = spec(target.uid)?.advice;
      const found = await indexesUsed(target, advice, limit);
      return { ...found, ...(advice ? { mode: advice.mode } : {}) };
    },
  );
}
