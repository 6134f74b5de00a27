import { analyse } from '../analysis/analyse.ts';
import { rules } from '../analysis/rules/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import type { Semaphore } from '../base/semaphore.ts';
import { type CollectorDeps, startCollector } from '../collection/collector.ts';
import type { CycleDeps } from '../collection/cycle.ts';
import type { RunningTarget } from '../controller/controller.ts';
import { createServerClaims } from '../controller/server-claims.ts';
import { nextStatus } from '../controller/status.ts';
import type { Engine } from '../engines/engine.ts';
import type { FanOut } from '../exporters/fan-out.ts';
import type { PlanHistory } from '../history/plan-history.ts';
import type { PlanBatch } from '../plans/batch.ts';
import type { Finding } from '../plans/finding.ts';
import type { Plan } from '../plans/plan.ts';
import type { QueryContext } from '../plans/statistics.ts';
import type { EngineName, Target } from '../resources/database-target.ts';
import type { Stop } from '../safety/emergency-stop.ts';
import type { StateBackend } from '../state/state-backend.ts';
import { readCredentials } from '../targets/credentials.ts';
import type { TargetStore } from '../targets/target-store.ts';

/** The wiring of one target that every long-running command shares: cycle → history → exporters → status. */
export interface RuntimeDeps {
  engines: Record<EngineName, Engine>;
  store: TargetStore;
  state: StateBackend;
  history: PlanHistory;
  fanOut: FanOut;
  metrics: Metrics;
  quota: Semaphore;
  stops(): readonly Stop[];
  holder: string;
  pod?: string;
  clock: Clock;
  random: Random;
  logger: Logger;
  onCycle(batch: PlanBatch, target: Target): void;
}

export interface Runtime {
  startTarget(target: Target): Promise<RunningTarget>;
  onGone(target: Target): void;
}

export function createRuntime(deps: RuntimeDeps): Runtime {
  const { store, state, history, clock, logger } = deps;
  const claims = createServerClaims();
  const statusFailures = deps.metrics.counter('dbintel_status_write_failures_total', 'Status writes that failed.');

  async function startTarget(target: Target): Promise<RunningTarget> {
    const epoch = await state.nextEpoch(target.uid);
    let status = await store.readStatus(target);
    const ownership = { holder: deps.holder, ...(deps.pod ? { pod: deps.pod } : {}), epoch };
    const onBatch: CollectorDeps['onBatch'] = async ({ batch, prerequisites }) => {
      await history.record(batch);
      deps.fanOut.publish(batch);
      status = nextStatus(status, {
        target,
        report: batch.cycle,
        ...(prerequisites ? { prerequisites } : {}),
        counts: await history.counts(target.uid),
        ownership,
        now: clock.now(),
      });
      await store.writeStatus(target, status).catch((error: unknown) => {
        statusFailures.inc();
        logger.warn({ target: `${target.namespace}/${target.name}`, error }, 'status could not be written');
      });
      deps.onCycle(batch, target);
    };
    return startCollector({
      ...cycleDeps(deps, target, epoch, (server) => claims.claim(target.uid, `${target.namespace}/${target.name}`, server)),
      state,
      quota: deps.quota,
      logger,
      onBatch,
    });
  }
  return { startTarget, onGone: ({ uid }) => claims.release(uid) };
}

type CycleWiring = Pick<RuntimeDeps, 'engines' | 'store' | 'stops' | 'holder' | 'clock' | 'random'> & { history?: PlanHistory };

/** What one cycle needs; `collect` uses it without history. */
export function cycleDeps(deps: CycleWiring, target: Target, epoch: number, claimServer: CycleDeps['claimServer']): CycleDeps {
  const { engines, store, history, stops, holder, clock, random } = deps;
  return {
    engine: engines[target.spec.engine],
    target,
    epoch,
    holder,
    credentials: (fresh) => readCredentials(store, target, fresh),
    stops,
    clock,
    random,
    claimServer,
    analyse: (plan, context) => findings(history, target, plan, context),
    async recall(fingerprint) {
      const query = await history?.query(target.uid, fingerprint);
      if (!query) return undefined;
      const findings = (await history?.findings({ target: target.uid, fingerprint, limit: 8 })) ?? [];
      return {
        findings: findings.map(({ rule, message }) => ({ rule, message })),
        ...(query.text ? { text: query.text } : {}),
        ...(query.latestHash ? { hash: query.latestHash } : {}),
        ...(query.latestCost === undefined ? {} : { cost: query.latestCost }),
      };
    },
  };
}

async function findings(
  history: PlanHistory | undefined,
  target: Target,
  plan: Plan,
  context: QueryContext & { timeShare: number },
): Promise<Finding[]> {
  const previous = await previousPlan(history, target.uid, plan);
  return analyse(rules, plan, { ...context, ...(previous ? { previous } : {}) }, target.spec.findings.mute, context.timeShare);
}

/** The plan that this one replaced: the latest other one, if this one is not known for longer. */
async function previousPlan(
  history: PlanHistory | undefined,
  target: string,
  { fingerprint, hash, parameters }: Plan,
): Promise<Plan | undefined> {
  const known = (await history?.plans({ target, fingerprint: fingerprint.value, limit: 5 })) ?? [];
  const [latest] = known.filter((each) => each.parameters === parameters && each.hash !== hash.shape);
  if (!history || !latest) return undefined;
  return (await history.plan({ target, fingerprint: fingerprint.value, hash: latest.hash }))?.plan;
}
