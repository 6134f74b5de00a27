import { type GateSeen, lastingReasons } from '../advice/machine-state.ts';
import { AppError, asAppError } from '../base/errors.ts';
import { createLifecycle } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { parseDuration, parseSize } from '../base/quantity.ts';
import type { Config } from '../config.ts';
import { toStop } from '../controller/stops/merge-stops.ts';
import { createSecretProvider } from '../credentials/secret/secret-provider.ts';
import { createEngines } from '../engines/index.ts';
import { openIndexWork } from '../engines/open-index-work.ts';
import { openApprovalGuard } from '../executor/approval-guard.ts';
import { explain } from '../executor/cluster-status.ts';
import { openClusterStore } from '../executor/cluster-store.ts';
import { executorBrake, executorGate } from '../executor/gate.ts';
import { undoOf } from '../executor/left.ts';
import { type ExecutorLoop, startExecutorLoop } from '../executor/loop.ts';
import { type ExecutorPorts, markOf, type Recommendation } from '../executor/ports.ts';
import { createProbePort } from '../http/probe-port.ts';
import { createKubeClient } from '../kubernetes/kube-client.ts';
import { createResourceClient } from '../kubernetes/resource-client.ts';
import type { Credentials } from '../model/credentials.ts';
import type { ProposalPhase } from '../model/proposal.ts';
import type { Stop } from '../model/stop.ts';
import { databaseTarget } from '../resources/kinds/database-target/kind.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import { indexRecommendation } from '../resources/kinds/index-recommendation/kind.ts';
import type { Blackout } from '../safety/blackout.ts';
import { type Breaker, closedBreaker, onCycleFailure } from '../safety/circuit-breaker.ts';
import { createEventRecorder } from '../targets/kubernetes/event-recorder.ts';
import { openKubernetesTargetStore } from '../targets/kubernetes/kubernetes-target-store.ts';
import { createReadSecret } from '../targets/kubernetes/read-secret.ts';
import { askReplicas, closedError } from './ask-replica.ts';
import { judgeFromHistory } from './judge-change.ts';
import type { ClusterOptions } from './open-cluster.ts';
import type { Program } from './ports.ts';
import { openPorts } from './real-ports.ts';
import { serverOf } from './server-of.ts';

/**
 * `dbintel executor`: carries out approved changes of indexes in a cluster. It answers to nobody
 * but probes, and has credentials that the operator does not have.
 */
export interface ExecutorOptions extends ClusterOptions {
  /** Of the chart: without it nobody vouches for who approves, and nothing is begun. */
  policy: string;
}

export async function openExecutor(
  config: Config,
  { kubeconfig, context, policy }: ExecutorOptions,
): Promise<{ program: Program; logger: Logger }> {
  const ports = await openPorts(config);
  const { clock, random, logger, metrics } = ports;
  const client = createKubeClient({
    ...ports,
    ...(kubeconfig ? { kubeconfig } : {}),
    ...(context ? { context } : {}),
  });
  const namespaces = config.DBINTEL_WATCH_NAMESPACES;
  const targets = openKubernetesTargetStore({
    ...ports,
    client,
    namespaces,
    instance: ports.name,
    events: false,
  });
  const guard = openApprovalGuard({
    client,
    policy,
    namespaces: namespaces.length ? namespaces : ['default'],
    clock,
  });
  const store = openClusterStore({
    client,
    namespaces,
    guardedSince: guard.since,
    clock,
    logger,
  });
  const targetResources = createResourceClient(client, databaseTarget);
  const secrets = createSecretProvider(createReadSecret(client));
  const breakers = new Map<string, Breaker>();
  const phases = metrics.counter(
    'dbintel_index_changes_total',
    'Index changes, by the phase that they came to.',
    ['phase'],
  );
  const events = createEventRecorder({
    client,
    clock,
    logger,
    kind: indexRecommendation,
    instance: ports.name,
  });
  let stops: readonly Stop[] | undefined;
  const targetOf = ({ target: { uid } }: Recommendation): Target | undefined => targets.get(uid);
  const executor: ExecutorPorts = {
    store,
    clock,
    logger,
    server(recommendation) {
      const target = targetOf(recommendation);
      return target && serverOf(target);
    },
    gate: (recommendation) => gateOf(recommendation),
    brake: async (recommendation, work) => {
      const target = targetOf(recommendation);
      return target
        ? executorBrake(await work.health(), target)
        : { kind: 'closed', reason: 'target_deleted', stop: true };
    },
    budget: (recommendation) => {
      const target = targetOf(recommendation);
      return target ? parseSize(target.spec.advice.budget) : 0;
    },
    elsewhere(recommendation, signal) {
      const primary = targetOf(recommendation);
      if (!primary) return Promise.resolve({ reason: 'target_deleted' });
      return askReplicas(primary.spec.advice.replicas ?? [], {
        find: (name) => besideOf(primary, name),
        closed: (replica) => closedError(gateOn(replica, [])),
        login: (replica) => loginOf(primary, replica),
        clock,
      })(recommendation, signal);
    },
    judge: judgeFromHistory(ports.listen?.history, clock, random),
    async targetGone(recommendation) {
      const { engine, change, target } = recommendation;
      const there = await targetResources.readIfThere(target);
      if (there?.metadata.uid === target.uid) return undefined;
      const ddl = await createEngines()[engine].ddl(change, markOf(recommendation));
      return undoOf(recommendation, ddl);
    },
    async open(recommendation, signal) {
      const target = targetOf(recommendation);
      if (!target) throw new AppError('not_found', 'its target is gone');
      try {
        const credentials = await loginOf(target);
        const work = await openIndexWork(target.spec.engine, {
          target,
          credentials,
          credentialsNow: () => loginOf(targetOf(recommendation) ?? target),
          database: recommendation.database,
          change: recommendation.change,
          mark: markOf(recommendation),
          uid: recommendation.uid,
          clock,
          signal,
        });
        breakers.delete(target.uid);
        return work;
      } catch (error) {
        const { code } = asAppError(error);
        const { failures, openFor, maxOpenFor } = target.spec.safety.circuitBreaker;
        const policyOf = {
          failures,
          openFor_ms: parseDuration(openFor),
          maxOpenFor_ms: parseDuration(maxOpenFor),
        };
        const before = breakers.get(target.uid) ?? closedBreaker;
        breakers.set(target.uid, onCycleFailure(before, { code }, policyOf, clock.now(), random));
        throw error;
      }
    },
    onPhase({ uid, label, target: { namespace }, state }, { phase, reason, detail }, undo = []) {
      if (phase !== state.phase) phases.inc({ phase });
      if (!config.DBINTEL_EVENTS) return;
      const name = label.slice(label.indexOf('/') + 1);
      const isLasting = undo.length > 0 || lastingReasons.has(reason);
      const type = needsPerson.has(phase) || isLasting ? 'Warning' : 'Normal';
      events.record(
        { uid, namespace, name },
        { type, reason: phase, message: [explain(reason, detail), ...undo].join('\n') },
      );
    },
  };
  function gateOf(recommendation: Recommendation): GateSeen {
    const target = targetOf(recommendation);
    const advice = target?.spec.advice;
    const applies = advice?.mode === 'apply' && advice.executor !== undefined;
    return gateOn(target, advice?.window ?? [], applies);
  }
  function gateOn(
    target: Target | undefined,
    window: readonly Blackout[],
    applies = true,
  ): GateSeen {
    if (!stops) return { kind: 'closed', reason: 'cluster_failed', stop: true };
    const breaker = breakers.get(target?.uid ?? '') ?? closedBreaker;
    return executorGate({ target, applies, window, stops, breaker, now: clock.now() });
  }
  function besideOf({ namespace }: Target, name: string): Target | undefined {
    for (const place of targets.table.places()) {
      const each = targets.table.name(place);
      if (each.namespace === namespace && each.name === name) return targets.get(each.uid);
    }
    return undefined;
  }
  /** With the role that builds; TLS as the server that is asked has it. */
  async function loginOf(builds: Target, asked = builds): Promise<Credentials> {
    const login = await secrets.resolve({
      ref: builds.spec.advice.executor?.secretRef ?? { name: '' },
      namespace: builds.namespace,
      label: targetLabel(builds),
      keys: ['username', 'password'],
      fresh: true,
    });
    const { username = '', password = '' } = login.values;
    const tls = await targets.credentials(asked, false).catch(() => undefined);
    const { ca, cert, key } = (tls ?? {}) as { ca?: string; cert?: string; key?: string };
    return {
      username: username.trim(),
      password: password.replace(/\r?\n$/, ''),
      ...(ca ? { ca } : {}),
      ...(cert ? { cert } : {}),
      ...(key ? { key } : {}),
    };
  }

  const parts = createLifecycle();
  let loop: ExecutorLoop | undefined;
  const program: Program = {
    async start() {
      const probes = createProbePort({
        hosts: config.DBINTEL_HOSTS,
        metrics,
        logger,
        beforeScrape: () => undefined,
        stuck: () =>
          (loop?.age_ms ?? 0) > stuck_ms && !loop?.busy ? 'the loop does not move' : undefined,
        notReady: () => guard.problem ?? (stops ? undefined : 'stops are not known yet'),
      });
      await probes.listen(config.DBINTEL_PROBES);
      parts.add('probes', () => probes.close());
      parts.add('targets', () => targets.close());
      parts.add('events', () => events.close());
      targets.stops.watch((told) => {
        stops = told.map(toStop);
      });
      loop = startExecutorLoop(executor);
      parts.add('loop', async () => loop?.stop());
      return { api: undefined };
    },
    stop: () => parts.stop(),
    cancel: () => void loop?.stop(),
  };
  return { program, logger };
}

/** What somebody should look at. */
const needsPerson: ReadonlySet<ProposalPhase> = new Set(['Failed', 'RollingBack', 'RolledBack']);

/** Beyond this, not even a slow API server explains it. */
const stuck_ms = 600_000;
