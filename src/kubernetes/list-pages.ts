import type { Clock } from '../base/clock.ts';
import { listBytes } from './answer.ts';
import type { ApiList, ApiObject } from './api-object.ts';
import type { KubeClient } from './kube-client.ts';
import { answerTooLarge, KubeError } from './kube-error.ts';

/** All objects of a collection, page by page. */
export interface PagesDeps {
  client: Pick<KubeClient, 'call'>;
  /** The collection's path. */
  path: string;
  /** Only those whose selectable fields are so. */
  fields?: string;
  clock: Clock;
  signal: AbortSignal;
  pageSize?: number;
  /** A page has come. */
  onPage(): void;
}

/** A whole list: as of which version it was so, and the uids of what is there. */
export interface Listed {
  version: string;
  uids: Set<string>;
}

/**
 * Parsing a page takes the loop some milliseconds; larger pages would be felt by everything else.
 */
const pageLimit = 100;
/** Pages let other work in between. */
const breath_ms = 2;
/** By how much smaller the next page is, where one was too large to be read. */
const shrink = 8;

/** Lists all there is, each time; gives the version as of which it was so. Throws KubeError. */
export function createPages(
  deps: PagesDeps,
): (each: (object: ApiObject) => void) => Promise<string> {
  const { fields } = deps;
  /** Where objects are so large that a page of them is not read, smaller ones are kept to. */
  let pageSize = deps.pageSize ?? pageLimit;

  async function page(token: string | undefined): Promise<ApiList> {
    for (;;) {
      try {
        return await deps.client.call<ApiList>({
          method: 'GET',
          path: deps.path,
          query: {
            limit: String(pageSize),
            ...(fields === undefined ? {} : { fieldSelector: fields }),
            ...(token ? { continue: token } : {}),
          },
          most_bytes: listBytes,
          signal: deps.signal,
        });
      } catch (error) {
        if (!(error instanceof KubeError) || error.reason !== answerTooLarge || pageSize === 1)
          throw error;
        pageSize = Math.ceil(pageSize / shrink);
      }
    }
  }

  return async (each) => {
    let token: string | undefined;
    for (;;) {
      const { items = [], metadata } = await page(token);
      deps.onPage();
      for (const item of items) each(item);
      token = metadata?.continue;
      if (!token) return metadata?.resourceVersion ?? '';
      await deps.clock.sleep(breath_ms, deps.signal);
    }
  };
}
