import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { openHistory } from '../app/open-history.ts';
import { openOtlp } from '../app/open-otlp.ts';
import { operatorGauges, orphanedTargets } from '../app/operator-gauges.ts';
import { createRuntime } from '../app/runtime.ts';
import {
  apiToken,
  commonGauges,
  gauges,
  onSignals,
  programEnds,
  regularly,
  retainRegularly,
  secretLook_ms,
  stopReserve_ms,
  tellClockSteps,
  withinDrain,
} from '../app/service.ts';
import { isShared, openSharedState } from '../app/shared-state.ts';
import { AppError, asAppError } from '../base/errors.ts';
import { createLifecycle } from '../base/lifecycle.ts';
import { systemClock } from '../base/node/clock.ts';
import { createLogger } from '../base/node/logger.ts';
import { parseDuration } from '../base/quantity.ts';
import { systemRandom } from '../base/random.ts';
import { createSlots } from '../base/slots.ts';
import { readConfig } from '../config.ts';
import { acquireTarget, isStillMine } from '../controller/acquire.ts';
import { createController } from '../controller/controller.ts';
import { sayFarewell } from '../controller/farewell.ts';
import { getIfValid } from '../controller/get-if-valid.ts';
import { invalidStatus } from '../controller/status/between-cycles.ts';
import { createClusterStops, watchLimit_ms } from '../controller/stops/cluster-stops.ts';
import { createClusterSuspensions } from '../controller/stops/cluster-suspensions.ts';
import { createUnknownTargets, describeKnown } from '../coordination/known-targets.ts';
import { type LeaseKeeper, startLeaseKeeper } from '../coordination/lease-keeper.ts';
import { shardOf } from '../coordination/shards.ts';
import { createWeights, meanLoad } from '../coordination/weights.ts';
import { createEngines } from '../engines/index.ts';
import { createFanOut } from '../exporters/fan-out.ts';
import { createLogExporter } from '../exporters/log/log-exporter.ts';
import { createPrometheusExporter } from '../exporters/prometheus/prometheus-exporter.ts';
import { createPrometheusMetrics } from '../exporters/prometheus/prometheus-metrics.ts';
import { createApiServer } from '../http/api-server.ts';
import { isLoopback } from '../http/guarded-server.ts';
import { createProbeServer } from '../http/probe-server.ts';
import { createKubeClient } from '../kubernetes/kube-client.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import { covers } from '../safety/emergency-stop.ts';
import { openKubernetesTargetStore } from '../targets/kubernetes/kubernetes-target-store.ts';
import type { TargetHandler, TargetRef } from '../targets/target-store.ts';
import { version } from '../version.ts';
import { exitCodes } from './command.ts';

export const help = `Usage: dbintel operator [--kubeconfig FILE] [--context NAME] [--namespaces A,B] [--data DIR] [--api HOST:PORT] [--probes HOST:PORT]

Collects from the DatabaseTargets of a cluster. Any number of replicas share the work through Redis (DBINTEL_REDIS_ENDPOINTS); without Redis
run one. All are alike; there is no leader. In a pod the ServiceAccount is used, elsewhere the kubeconfig.

  --kubeconfig FILE    instead of the pod's ServiceAccount, KUBECONFIG or ~/.kube/config
  --context NAME       of the kubeconfig
  --namespaces A,B     only targets in these           (DBINTEL_WATCH_NAMESPACES, default all)
  --data DIR           history of this replica         (DBINTEL_DATA, default .dbintel)
  --api HOST:PORT      the API                         (DBINTEL_API, default 127.0.0.1:8080)
  --probes HOST:PORT   /healthz, /readyz, /metrics     (DBINTEL_PROBES, default 127.0.0.1:8081)

SIGTERM hands everything over: cycles in flight may finish, then others take the targets. A second one cancels and leaves at once.
`;

/** The composition root: builds every part in order, starts them, and stops them in reverse. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      namespaces: { type: 'string' },
      data: { type: 'string' },
      api: { type: 'string' },
      probes: { type: 'string' },
    },
  });
  const config = readConfig({
    DBINTEL_WATCH_NAMESPACES: values.namespaces,
    DBINTEL_DATA: values.data,
    DBINTEL_API: values.api,
    DBINTEL_PROBES: values.probes,
  });
  const [clock, random, logger] = [
    systemClock,
    systemRandom,
    createLogger(config.DBINTEL_LOG_LEVEL),
  ];
  const parts = createLifecycle();
  const finished = Promise.withResolvers<string>();
  const pod = config.DBINTEL_POD_NAME ?? hostname();
  // A process, not a pod: a container that restarts within its pod is another holder.
  const holder = `${config.DBINTEL_POD_UID ?? randomBytes(8).toString('hex')}-${randomBytes(4).toString('hex')}`;
  await mkdir(config.DBINTEL_DATA, { recursive: true, mode: 0o700 });

  const metrics = createPrometheusMetrics();
  const state = openSharedState(config, { clock, logger, metrics });
  parts.add('state', () => state.close());
  const { history, questions } = await openHistory(config, { clock, logger, metrics });
  parts.add('history', () => history.close());
  const prometheus = createPrometheusExporter(metrics);
  const otlp = await openOtlp(config, pod, { clock, random, logger, metrics });
  const fanOut = createFanOut([createLogExporter(logger), prometheus, ...otlp], clock, logger);
  parts.add('exporters', () => fanOut.close(5_000));
  const client = createKubeClient({
    ...(values.kubeconfig ? { kubeconfig: values.kubeconfig } : {}),
    ...(values.context ? { context: values.context } : {}),
    clock,
    random,
    metrics,
  });
  const store = openKubernetesTargetStore({
    client,
    namespaces: config.DBINTEL_WATCH_NAMESPACES,
    instance: pod,
    events: config.DBINTEL_EVENTS,
    clock,
    random,
    metrics,
    logger,
  });
  parts.add('targets', () => store.close());

  const weights = createWeights();
  const unknown = createUnknownTargets(weights.members);
  let keeper: LeaseKeeper | undefined;
  let cluster: string | undefined;
  const quota = createSlots(config.DBINTEL_MAX_CYCLES);
  const own = (ref: TargetRef | Target) => {
    const shard = weights.shard(ref.uid);
    return acquireTarget(ref as Target, {
      store,
      seen: controller.refs.get(ref.uid)?.owner,
      me: { holder, pod, shard },
    });
  };
  const runtime = createRuntime({
    engines: createEngines(),
    store,
    state,
    history,
    fanOut,
    quota,
    stops: () => (suspensions.list.length ? [...stops.list, ...suspensions.list] : stops.list),
    holder,
    acquire: own,
    permitted: ({ uid }) => keeper?.mayStart(weights.shard(uid)) === true,
    stillMine: (target, epoch) =>
      isStillMine(target, epoch, {
        store,
        seen: controller.refs.get(target.uid)?.owner,
        certain: keeper?.certain,
      }),
    clock,
    random,
    logger,
    onCycle: ({ cycle }, target) =>
      weights.observe(target.uid, cycle.durationMs, parseDuration(target.spec.collection.interval)),
  });
  const controller = createController({
    get: store.get,
    mayRun: (uid) => keeper?.holds(weights.shard(uid)) === true,
    startTarget: runtime.startTarget,
    onEnded: (target) => {
      runtime.onEnded(target);
      prometheus.forget(target);
    },
    async onInvalid(ref, message) {
      const { ownership, status } = await own(ref);
      store.writeStatus(
        ref as Target,
        invalidStatus(status, message, { target: ref as Target, ownership, now: clock.now() }),
      );
    },
    async onDeleted(ref) {
      prometheus.forget(ref);
      await state
        .deleteTarget(ref.uid)
        .catch((error: unknown) =>
          logger.info({ error }, 'what was known of a deleted target runs out by itself'),
        );
    },
    clock,
    random,
    logger,
    metrics,
  });
  // What is in force already calls back at once: whom that tells must be there. Cycles ask what is
  // in force, and begin later.
  const stops = createClusterStops({
    store,
    state,
    clock,
    random: random.next,
    logger,
    onChange: () => {
      controller.onStops();
      keeper?.announce();
    },
    covered: (scope) =>
      controller.refs
        .values()
        .reduce(
          (sum, ref) => sum + (covers(scope, { ...ref, labels: store.labels(ref.uid) }) ? 1 : 0),
          0,
        ),
    mayTell: () => isMember(keeper),
  });
  parts.add('stops', () => stops.close());
  const suspensions = createClusterSuspensions({
    store,
    generationOf: (uid) => controller.refs.get(uid)?.generation,
    state,
    clock,
    logger,
    onChange: () => controller.onStops(),
    mayTell: () => isMember(keeper),
  });
  parts.add('suspensions', () => suspensions.close());
  const canceling = new AbortController();
  parts.add('collectors', () => withinDrain(controller.stop, canceling, config.DBINTEL_DRAIN));

  const handler: TargetHandler = {
    ...controller.handler,
    upsert(ref, why) {
      weights.add(ref.uid);
      const edited = why === 'edit' && controller.refs.get(ref.uid)?.generation !== ref.generation;
      controller.handler.upsert(ref, why);
      if (edited) suspensions.saw(ref);
    },
    gone(ref) {
      weights.remove(ref.uid);
      controller.handler.gone(ref);
    },
  };
  parts.add('watch', store.watch(handler));
  const uidsOf = (shards: Iterable<number>) =>
    [...shards].flatMap((shard) => [...weights.members(shard)]);

  parts.add('farewell', () =>
    sayFarewell({
      refs: controller.refs.values(),
      holder,
      pod,
      shared: config.DBINTEL_REDIS_ENDPOINTS.length > 0,
      survey: () => state.survey(),
      own,
      store,
      clock,
      logger,
    }),
  );

  const moves = metrics.counter(
    'dbintel_ownership_moves_total',
    'Shards by how they came and went.',
    ['kind'],
  );
  let heldBefore: ReadonlySet<number> = new Set();
  function startKeeper(): void {
    keeper = startLeaseKeeper({
      leases: {
        ...state,
        // Nothing is claimed before it is known what is stopped.
        async open(id, facts) {
          await state.flags();
          await state.open(id, facts);
        },
      },
      clock,
      random,
      logger,
      newSessionId: () => `${pod}-${randomBytes(6).toString('hex')}`,
      weight: weights.of,
      facts: () => ({
        scope: config.DBINTEL_WATCH_NAMESPACES.toSorted().join(',') || 'all',
        ...(cluster ? { cluster } : {}),
        known: describeKnown(weights.members),
        name: pod,
        ...meanLoad(weights),
        stops: Object.fromEntries(
          stops.list.map((stop) => [
            stop.id,
            [...controller.running()].filter(
              ({ target, busy }) => busy && covers(stop.scope, target),
            ).length,
          ]),
        ),
      }),
      watchAlive: () => store.watchAge_ms < watchLimit_ms,
      mayMove: () => store.answerAge_ms < answerLimit_ms,
      onSurvey: (sessions) =>
        weights.assume(sessions.flatMap(({ targetLoad }) => targetLoad ?? [])),
      onOutage: config.DBINTEL_REDIS_OUTAGE,
      onHeld(held) {
        const lost = [...heldBefore].filter(
          (shard) => !held.has(shard) && keeper?.held.has(shard) !== true,
        );
        const fresh = [...held].filter((shard) => !heldBefore.has(shard));
        heldBefore = new Set(held);
        void controller.drain(
          uidsOf(lost),
          AbortSignal.abort(new AppError('ownership_lost', 'its shard was lost')),
        );
        controller.look(uidsOf(fresh));
      },
      async handOver(shards) {
        const uids = uidsOf(shards);
        await controller.drain(uids, canceling.signal);
        await store.settle(uids);
      },
      onMove: (kind, count) => moves.inc({ kind }, count),
    });
    parts.add('ownership', async () => {
      const cancel = clock.after(config.DBINTEL_DRAIN, () => canceling.abort(programEnds()));
      await keeper?.stop(canceling.signal);
      cancel();
    });
  }

  let unidentified: string | undefined;
  async function identify(): Promise<string | undefined> {
    try {
      const found = await store.identity();
      unidentified = undefined;
      return found;
    } catch (error) {
      const { code, message } = asAppError(error);
      if (message !== unidentified) logger.warn({ code }, message);
      unidentified = message;
      await clock.sleep(identifyAgain_ms);
      return undefined;
    }
  }

  const figures = {
    controller,
    store,
    weights,
    keeper: () => keeper,
    unknown: () => unknown.count(clock.monotonic()),
  };
  const probes = createProbeServer({
    hosts: config.DBINTEL_HOSTS,
    metrics,
    stuck: () => {
      if (controller.stuck_ms > stuckAfter_ms) return 'the controller’s queue does not move';
      return store.attemptAge_ms > watchStuck_ms
        ? 'nobody tries to watch the API server'
        : undefined;
    },
    notReady: () =>
      store.problem ??
      (stops.synced ? undefined : 'the EmergencyStops have not been read yet') ??
      unidentified ??
      (store.watchAge_ms < watchLimit_ms ? undefined : watchIsSilent(store.watchAge_ms)) ??
      notCoordinated(keeper),
    remark: () => sayOrphans(orphanedTargets(figures)),
    beforeScrape: gauges(metrics, {
      ...commonGauges({
        targets: () => controller.targets().length,
        quota,
        stops: () => stops.list.length + suspensions.list.length,
        dropped: () => fanOut.stats().reduce((sum, each) => sum + each.dropped, 0),
      }),
      ...operatorGauges(figures),
    }),
  });
  const api = await createApiServer({
    version,
    logger,
    loopback: isLoopback(config.DBINTEL_API.host),
    hosts: config.DBINTEL_HOSTS,
    glance: store.glance,
    history: questions,
    // A history of its own tells of what it collects itself.
    targets: config.DBINTEL_HISTORY_URL ? () => controller.refs.values() : controller.targets,
    spec: (uid) => getIfValid(store, uid)?.spec,
    elsewhere: (wanted) =>
      controller.refs.values().some((ref) => targetLabel(ref) === targetLabel(wanted))
        ? `${targetLabel(wanted)} is another replica's: ask the one that \`kubectl describe\` names, or give all of them one history (DBINTEL_HISTORY_URL)`
        : undefined,
    token: await apiToken(config),
    now: clock.now,
    status: (target) => store.readStatus(target),
    stops: () => stops.list,
    stop: stops.stop,
    resume: stops.resume,
  });
  await probes.listen({ ...config.DBINTEL_PROBES, listenTextResolver: () => '' });
  parts.add('probes', () => probes.close());
  const apiAddress = await api.listen({ ...config.DBINTEL_API });
  parts.add('api', () => api.close());
  parts.add('retention', retainRegularly(history, config, logger));

  parts.add(
    'beginning',
    regularly(clock, 50, logger, async () => {
      if (store.problem || !stops.synced) return undefined;
      // Alone, it shares nothing that another cluster's replicas could take.
      if (isShared(config)) cluster ??= await identify();
      if (isShared(config) && !cluster) return undefined;
      logger.info(
        { api: apiAddress, pod, holder, targets: controller.refs.size },
        'dbintel operator is ready to collect',
      );
      startKeeper();
      return 'done';
    }),
  );
  parts.add(
    'overdue',
    regularly(clock, 10_000, logger, async () => runtime.tellOverdue()),
  );
  parts.add('secrets', regularly(clock, secretLook_ms, logger, runtime.probeWhereSecretsChanged));
  parts.add('clock', tellClockSteps(clock, logger, metrics));
  parts.add(
    'unknown targets',
    regularly(clock, unknownLook_ms, logger, async () => {
      if (isShared(config) && isMember(keeper))
        unknown.look(await state.survey(), clock.monotonic());
    }),
  );
  parts.add(
    'stop statuses',
    regularly(clock, 1_000, logger, async () => {
      stops.look();
      suspensions.look();
      if (stops.list.length === 0) return;
      keeper?.announce(); // what is in flight changes by itself
      const { sessions } = await state.survey();
      await stops.report(sessions, (stop) => keeper?.holds(shardOf(stop.uid)) === true);
    }),
  );

  const removeHandlers = onSignals((signal, again) => {
    finished.resolve(signal);
    if (again) canceling.abort(programEnds());
  });
  const why = await finished.promise;
  logger.info({ why }, 'stopping: cycles in flight may finish, then others take over');
  const failures = await parts.stopWithin(config.DBINTEL_DRAIN + stopReserve_ms, clock);
  removeHandlers();
  for (const { name, error } of failures)
    logger.error({ part: name, error }, 'did not stop cleanly');
  return failures.length ? exitCodes.unreachable : exitCodes.done;
}

const unknownLook_ms = 5_000;
/** The API server is asked for stops every second. */
const answerLimit_ms = 5_000;
/** A key is worked on for as long as its last cycle takes to end. */
const stuckAfter_ms = 600_000;
/** A watch lasts ten minutes at most; then it is begun anew. */
const watchStuck_ms = 1_200_000;

const identifyAgain_ms = 3_000;

const sayOrphans = (targets: number): string | undefined =>
  targets
    ? `${targets} targets of the fleet are collected by nobody: their shard has no holder, or one that does not know them`
    : undefined;

const watchIsSilent = (ms: number) =>
  `the watch of targets has told nothing for ${Math.round(ms / 1_000)} s: no new cycle starts until it does (events and bookmarks come once a minute at least)`;

/** It lives in the shared state, or did when that was last there. */
const isMember = (keeper: LeaseKeeper | undefined): boolean =>
  keeper !== undefined && keeper.state !== 'none';

function notCoordinated(keeper: LeaseKeeper | undefined): string | undefined {
  if (keeper?.state === 'valid' || keeper?.state === 'degraded') return undefined;
  if (keeper?.state === 'expired')
    return 'the shared state has been away for too long; collection has stopped';
  return keeper?.problem ?? 'no session in the shared state yet';
}
