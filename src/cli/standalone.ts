import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openHistory } from '../app/open-history.ts';
import { openOtlp } from '../app/open-otlp.ts';
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
import { createLifecycle } from '../base/lifecycle.ts';
import { systemClock } from '../base/node/clock.ts';
import { createLogger } from '../base/node/logger.ts';
import { parseDuration } from '../base/quantity.ts';
import { systemRandom } from '../base/random.ts';
import { createSlots } from '../base/slots.ts';
import { readConfig } from '../config.ts';
import { createController } from '../controller/controller.ts';
import { getIfValid } from '../controller/get-if-valid.ts';
import { isStuck } from '../controller/progress.ts';
import { toStop } from '../controller/stops/cluster-stops.ts';
import { liftStops, publishStop, watchStops } from '../controller/stops/stop-flags.ts';
import { openSqliteState } from '../coordination/sqlite/sqlite-state.ts';
import { createEngines } from '../engines/index.ts';
import { createFanOut } from '../exporters/fan-out.ts';
import { createLogExporter } from '../exporters/log/log-exporter.ts';
import { createPrometheusExporter } from '../exporters/prometheus/prometheus-exporter.ts';
import { createPrometheusMetrics } from '../exporters/prometheus/prometheus-metrics.ts';
import { createApiServer } from '../http/api-server.ts';
import { isLoopback } from '../http/guarded-server.ts';
import { createProbeServer } from '../http/probe-server.ts';
import type { PlanBatch } from '../model/batch.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { Stop } from '../safety/emergency-stop.ts';
import { openFileTargetStore } from '../targets/files/file-target-store.ts';
import { version } from '../version.ts';
import { exitCodes } from './command.ts';
import { cycleLine, queryTable, safetyLine } from './present.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel standalone [--targets DIR] [--data DIR] [--api HOST:PORT] [--probes HOST:PORT] [--print] [--cycles N]

Collects from every DatabaseTarget among the manifests in DIR (Secrets beside them), re-reads them when they change, and serves
the API. State and history lie in SQLite files in the data folder.

  --targets DIR        folder of manifests              (DBINTEL_TARGETS, default targets)
  --data DIR           state, history, statuses         (DBINTEL_DATA, default .dbintel)
  --api HOST:PORT      the API                          (DBINTEL_API, default 127.0.0.1:8080)
  --probes HOST:PORT   /healthz, /readyz, /metrics      (DBINTEL_PROBES, default 127.0.0.1:8081)
  --print              say on stdout what each cycle did, and log warnings only
  --cycles N           end when every target has had N cycles

SIGTERM and SIGINT let cycles in flight finish; a second one cancels them on the servers.
`;

/** The composition root: builds every part in order, starts them, and stops them in reverse. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      targets: { type: 'string' },
      data: { type: 'string' },
      api: { type: 'string' },
      probes: { type: 'string' },
      print: { type: 'boolean', default: false },
      cycles: { type: 'string' },
    },
  });
  const config = readConfig({
    DBINTEL_TARGETS: values.targets,
    DBINTEL_DATA: values.data,
    DBINTEL_API: values.api,
    DBINTEL_PROBES: values.probes,
    ...(values.print ? { DBINTEL_LOG_LEVEL: 'warn' } : {}),
  });
  const [clock, random, logger] = [
    systemClock,
    systemRandom,
    createLogger(config.DBINTEL_LOG_LEVEL),
  ];
  const parts = createLifecycle();
  const finished = Promise.withResolvers<string>();
  await mkdir(config.DBINTEL_DATA, { recursive: true, mode: 0o700 });

  const metrics = createPrometheusMetrics();
  const state = openSqliteState(join(config.DBINTEL_DATA, 'state.db'), clock);
  parts.add('state', () => state.close());
  const { history, questions } = await openHistory(config, { clock, logger, metrics });
  parts.add('history', () => history.close());
  const prometheus = createPrometheusExporter(metrics);
  const otlp = await openOtlp(config, config.DBINTEL_POD_NAME ?? hostname(), {
    clock,
    random,
    logger,
    metrics,
  });
  const fanOut = createFanOut([createLogExporter(logger), prometheus, ...otlp], clock, logger);
  parts.add('exporters', () => fanOut.close(5_000));
  const store = openFileTargetStore({
    folder: config.DBINTEL_TARGETS,
    statusFolder: join(config.DBINTEL_DATA, 'status'),
    clock,
    logger,
    metrics,
  });
  parts.add('targets', () => store.close());

  /** Those that `dbintel stop` made, and the EmergencyStops among the manifests. */
  const stops: { asked: readonly Stop[]; manifests: readonly Stop[] } = {
    asked: [],
    manifests: [],
  };
  const stopsInForce = () => [...stops.asked, ...stops.manifests];
  const counts = new Map<string, number>();
  let lastProgress = clock.monotonic();
  const quota = createSlots(config.DBINTEL_MAX_CYCLES);
  const onCycle = (batch: PlanBatch, target: Target) => {
    lastProgress = clock.monotonic();
    counts.set(target.uid, (counts.get(target.uid) ?? 0) + 1);
    if (values.print) printCycle(batch, counts.get(target.uid) ?? 0);
    const all = controller.targets();
    if (
      values.cycles &&
      all.length &&
      all.every(({ uid }) => (counts.get(uid) ?? 0) >= Number(values.cycles))
    )
      finished.resolve('cycles');
  };
  const holder = randomBytes(8).toString('hex');
  const runtime = createRuntime({
    engines: createEngines(),
    store,
    state,
    history,
    fanOut,
    quota,
    stops: stopsInForce,
    holder,
    async acquire(target) {
      const status = await store.readStatus(target);
      return {
        ownership: { holder, epoch: await state.nextEpoch(target.uid) },
        ...(status ? { status } : {}),
      };
    },
    permitted: () => true,
    stillMine: async () => true,
    clock,
    random,
    logger,
    onCycle,
  });
  const controller = createController({
    get: store.get,
    mayRun: () => true,
    startTarget: runtime.startTarget,
    onEnded: runtime.onEnded,
    async onInvalid() {
      // Files are checked when they are read; what is wrong never becomes a target.
    },
    async onDeleted(ref) {
      prometheus.forget(ref);
      counts.delete(ref.uid);
    },
    clock,
    random,
    logger,
    metrics,
  });
  const canceling = new AbortController();
  parts.add('collectors', () => withinDrain(controller.stop, canceling, config.DBINTEL_DRAIN));
  parts.add(
    'stops',
    watchStops(state, (now) => {
      stops.asked = now;
      controller.onStops();
    }),
  );
  parts.add(
    'manifest stops',
    store.watchStops((now) => {
      stops.manifests = now.map(toStop);
      controller.onStops();
    }),
  );

  const schedules = () =>
    [...controller.running()].map(({ dueIn_ms, target }) => ({
      dueAt: clock.monotonic() + dueIn_ms,
      interval_ms: parseDuration(target.spec.collection.interval),
    }));
  const probes = createProbeServer({
    metrics,
    hosts: config.DBINTEL_HOSTS,
    stuck: () =>
      isStuck(schedules(), clock.monotonic() - lastProgress, clock.monotonic())
        ? 'no cycle has ended for a long time'
        : undefined,
    notReady: () => (controller.synced ? undefined : 'the manifests have not been read yet'),
    beforeScrape: gauges(
      metrics,
      commonGauges({
        targets: () => controller.targets().length,
        quota,
        stops: () => stopsInForce().length,
        dropped: () => fanOut.stats().reduce((sum, each) => sum + each.dropped, 0),
      }),
    ),
  });
  const loopback = isLoopback(config.DBINTEL_API.host);
  const api = await createApiServer({
    version,
    logger,
    loopback,
    hosts: config.DBINTEL_HOSTS,
    glance: store.glance,
    history: questions,
    targets: controller.targets,
    spec: (uid) => getIfValid(store, uid)?.spec,
    elsewhere: () => undefined,
    token: await apiToken(config),
    now: clock.now,
    status: (target) => store.readStatus(target),
    stops: stopsInForce,
    stop: (scope, reason) => publishStop(state, scope, reason, clock.now(), random.next),
    resume: (which) => liftStops(state, which),
  });
  await probes.listen({ ...config.DBINTEL_PROBES, listenTextResolver: () => '' });
  parts.add('probes', () => probes.close());
  const apiAddress = await api.listen({ ...config.DBINTEL_API });
  parts.add('api', () => api.close());

  parts.add('watch', store.watch(controller.handler));
  parts.add('retention', retainRegularly(history, config, logger));
  parts.add('secrets', regularly(clock, secretLook_ms, logger, runtime.probeWhereSecretsChanged));
  parts.add('clock', tellClockSteps(clock, logger, metrics));
  logger.info(
    { api: apiAddress, targets: config.DBINTEL_TARGETS, data: config.DBINTEL_DATA },
    'dbintel standalone is ready',
  );
  if (values.print) terminal.out(`${apiAddress} · Ctrl-C ends`);

  const removeHandlers = onSignals((signal, again) => {
    finished.resolve(signal);
    if (again) canceling.abort(programEnds());
  });
  const why = await finished.promise;
  logger.info({ why }, 'stopping: cycles in flight may finish');
  const failures = await parts.stopWithin(config.DBINTEL_DRAIN + stopReserve_ms, clock);
  removeHandlers();
  for (const { name, error } of failures)
    logger.error({ part: name, error }, 'did not stop cleanly');
  return failures.length ? exitCodes.unreachable : exitCodes.done;
}

function printCycle(batch: PlanBatch, count: number): void {
  terminal.out(
    `${terminal.paint(`${batch.target.namespace}/${batch.target.name}`, 'bold')}  ${cycleLine(batch)}`,
  );
  if (count !== 2 && count % 10 !== 0) return;
  terminal.out(`\n${queryTable(batch.cycle.top, terminal.width)}\n${safetyLine(batch.cycle)}\n`);
}
