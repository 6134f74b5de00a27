import { nextTurn } from '../base/node/turn.ts';
import { getIfValid } from '../controller/get-if-valid.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { TargetStore } from '../targets/target-store.ts';

/** A spec is read in some 0.1 ms; others wait meanwhile. */
const atOnce = 50;

/** Every valid target of a namespace, whoever collects it. */
export async function* targetsOf(
  store: Pick<TargetStore, 'get' | 'table'>,
  namespace: string,
): AsyncGenerator<Target> {
  const uids = [...store.table.places()]
    .map((place) => store.table.name(place))
    .filter((each) => each.namespace === namespace)
    .map(({ uid }) => uid);
  for (const [i, uid] of uids.entries()) {
    if (i % atOnce === atOnce - 1) await nextTurn();
    const target = getIfValid(store, uid);
    if (target) yield target;
  }
}
