import { isFinal } from '../advice/machine-state.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { ApiObject } from '../kubernetes/api-object.ts';
import type { KubeClient } from '../kubernetes/kube-client.ts';
import { createPages } from '../kubernetes/list-pages.ts';
import { createResourceClient } from '../kubernetes/resource-client.ts';
import { collectionPath, type ObjectRef } from '../kubernetes/resource-path.ts';
import { proposalPhases } from '../model/proposal.ts';
import { indexRecommendation } from '../resources/kinds/index-recommendation/kind.ts';

/** What a recommendation is held by: deleted, it stays until its index has been seen to. */
export interface Held {
  /**
   * Before the first word on it: from then on it cannot go unseen. The version that it has then;
   * undefined: somebody has written it since.
   */
  hold(ref: ObjectRef, read: { version: string; deleted: boolean }): Promise<string | undefined>;
  /** It may go. */
  release(ref: ObjectRef): Promise<void>;
  /**
   * What is over is held by nobody. Between the last word on it and its release a program may have
   * ended, or the API server been away: looked for at the start, and after a release that failed.
   * One that cannot be released (a policy refuses each change of it, say) keeps no other. Resolves
   * with why some could not.
   */
  releaseOver(places: readonly (string | undefined)[], signal: AbortSignal): Promise<unknown[]>;
}

export const finalizer = 'dbintel.io/executor';
/** Somebody else may write it in between. */
const mostTries = 5;
const over = proposalPhases.filter((phase) => isFinal({ phase }));

export function openHeld({
  client,
  clock,
}: {
  client: Pick<KubeClient, 'call'>;
  clock: Clock;
}): Held {
  const recommendations = createResourceClient(client, indexRecommendation);
  /** Where nothing is left. */
  const clean = new Set<string | undefined>();

  const release = async (ref: ObjectRef, signal?: AbortSignal): Promise<void> => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const found = await recommendations.readIfThere(ref, signal ? { signal } : {});
      const names = found?.metadata.finalizers ?? [];
      if (!found || !names.includes(finalizer)) return;
      const left = names.filter((each) => each !== finalizer);
      const { resourceVersion } = found.metadata;
      if (await recommendations.setFinalizers({ ...ref, resourceVersion }, left)) return;
    }
    throw new AppError('cluster_failed', `${ref.name}: others write it again and again`);
  };
  const releaseIn = async (namespace: string | undefined, signal: AbortSignal) => {
    const failures: unknown[] = [];
    const path = collectionPath(indexRecommendation, namespace);
    for (const phase of over) {
      const left: ApiObject['metadata'][] = [];
      const fields = `status.phase=${phase}`;
      const read = createPages({ client, path, fields, clock, signal, onPage: () => undefined });
      await read(({ metadata }) => {
        if (metadata.finalizers?.includes(finalizer)) left.push(metadata);
      });
      for (const { namespace: of = 'default', name } of left)
        await release({ namespace: of, name }, signal).catch((error: unknown) =>
          failures.push(error),
        );
    }
    return failures;
  };
  const unlessItFails = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      clean.clear();
      throw error;
    }
  };

  return {
    async hold(ref, { version, deleted }) {
      const found = await recommendations.readIfThere(ref);
      if (!found || found.metadata.resourceVersion !== version) return undefined;
      const names = found.metadata.finalizers ?? [];
      if (deleted || names.includes(finalizer)) return version;
      const held = await recommendations.setFinalizers({ ...ref, resourceVersion: version }, [
        ...names,
        finalizer,
      ]);
      return held?.metadata.resourceVersion;
    },
    release: (ref) => unlessItFails(() => release(ref)),
    async releaseOver(places, signal) {
      const failures: unknown[] = [];
      for (const place of places) {
        if (clean.has(place)) continue;
        clean.add(place);
        const failed = await releaseIn(place, signal).catch((error: unknown) => [error]);
        if (failed.length) clean.delete(place);
        failures.push(...failed);
      }
      return failures;
    },
  };
}
