import { AppError, asAppError } from '../base/errors.ts';
import { explain } from '../executor/cluster-status.ts';
import { executorBrake } from '../executor/gate.ts';
import { refusalOf } from '../executor/preflight.ts';
import { changeStateOf, refusedLogin } from './change-state.ts';
import { changeStore, findChange, sentFor } from './change-store.ts';
import { type ApplyWorld, budgetOf, elsewhereOf, gateOf, openWork } from './change-world.ts';

/** What would be sent, and whether anything is against it now. Changes nothing. */
export async function rehearseChange(world: ApplyWorld, id: string) {
  const recommendation = await findChange(changeStore(world), id);
  const { apply, rollback } = await sentFor(recommendation);
  const gate = gateOf(world);
  await using work = await openWork(world, recommendation, world.signal).catch((error) => {
    if (asAppError(error).code !== 'authentication_failed') throw error;
    throw new AppError('authentication_failed', refusedLogin(world.login), { cause: error });
  });
  await work.lock();
  const [seen, health] = [await work.look(), await work.health()];
  const refusal =
    (await refusalOf(recommendation, work, budgetOf(world))) ??
    (await elsewhereOf(world)(recommendation, world.signal));
  const brake = executorBrake(health, world.target);
  const against = [gate, brake].flatMap((each) => (each.kind === 'closed' ? [each.reason] : []));
  return {
    apply,
    rollback,
    seen,
    against: [
      ...against.map((reason) => explain(reason)),
      ...(refusal ? [explain(refusal.reason, refusal.detail)] : []),
    ],
    state: changeStateOf(recommendation),
  };
}
