import { rules } from '../analysis/rules/index.ts';
import type { Lifecycle } from '../base/lifecycle.ts';
import type { Config } from '../config.ts';
import { getIfValid } from '../controller/get-if-valid.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import { dialectOf } from '../dialects/index.ts';
import { createApiPort } from '../http/api-port.ts';
import type { ApiDeps } from '../http/api-server.ts';
import { isLoopback } from '../http/guarded-server.ts';
import { createProbePort, type ProbeDeps } from '../http/probe-port.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { toTarget } from '../targets/files/read-folder.ts';
import type { TargetStore } from '../targets/target-store.ts';
import { version } from '../version.ts';
import { checkManifest } from './check-manifest.ts';
import { type CheckRules, kinOf, refuseCheck } from './check-rules.ts';
import { decide } from './decide-change.ts';
import { type Gauges, registerGauges } from './gauges.ts';
import { grantsSql } from './grants-sql.ts';
import { indexesOf } from './indexes-of.ts';
import { latePictures } from './late-pictures.ts';
import type { ListenPort, Ports } from './ports.ts';
import type { ReplicaReports } from './replica-reports.ts';
import { rulesAnswer } from './rules-answer.ts';
import { targetsOf } from './targets-of.ts';

/** What a program tells whoever asks it: probes, metrics, and the API's answers. */
export interface Served {
  /** It reads manifests and Secrets from a folder, as whoever runs it. */
  alone: boolean;
  store: Pick<TargetStore, 'get' | 'table' | 'readStatus' | 'credentials'>;
  state: Pick<StateBackend, 'mark'>;
  health: Pick<ProbeDeps, 'stuck' | 'notReady' | 'remark'>;
  gauges: Gauges;
  answers: Pick<
    ApiDeps,
    'targets' | 'elsewhere' | 'stops' | 'stop' | 'resume' | 'cycles' | 'sources'
  > &
    ReplicaReports;
}

/** Listens where the ports say so; resolves with the API's address. */
export async function serve(
  { alone, store, state, health, gauges, answers }: Served,
  ports: Ports,
  config: Config,
  parts: Lifecycle,
): Promise<string | undefined> {
  const { listen, clock, logger, metrics } = ports;
  if (!listen) return undefined;
  const { DBINTEL_HOSTS: names, DBINTEL_PUBLIC_URL: publicUrl } = config;
  const hosts = [...names, ...(publicUrl ? [publicUrl.hostname] : [])];
  const beforeScrape = registerGauges(metrics, gauges);
  const probes = createProbePort({ ...health, hosts, metrics, logger, beforeScrape });
  const pictures = latePictures(config.DBINTEL_FONTS, clock);
  const checkRules: CheckRules = {
    targetsOf: (namespace) => targetsOf(store, namespace),
    stops: answers.stops,
    readsOurFiles: alone && isLoopback(config.DBINTEL_API.host),
  };
  const me = `${ports.name}-${ports.newId(4)}`;
  const kin = async (target: Target) => {
    const found = await kinOf(checkRules, target);
    return () => found.map((each) => getIfValid(store, each.uid) ?? each);
  };
  const api = createApiPort({
    ...answers,
    ...listen,
    version,
    logger,
    hosts,
    pages: config.DBINTEL_UI === 'on' ? {} : undefined,
    publicUrl,
    proxy: {
      addresses: config.DBINTEL_TRUSTED_PROXY,
      secret: config.DBINTEL_TRUSTED_PROXY_SECRET,
    },
    table: store.table,
    replica: ports.name,
    boot: ports.newId(4),
    decide: alone && isOnlyHere(config) ? decideHere(listen, config) : undefined,
    indexesUsed: (target, advice, limit) =>
      indexesOf(target, advice, limit, { history: listen.history, clock }),
    spec: (uid) => getIfValid(store, uid)?.spec,
    status: (target) => store.readStatus(target),
    clock,
    now: clock.now,
    sharedHistory: config.DBINTEL_HISTORY_URL !== undefined,
    draw: pictures.draw,
    rules: rulesAnswer(rules),
    toTarget,
    grantsSql: (wanted) => grantsSql(ports.engines, wanted),
    refuseCheck: (caller, target) => refuseCheck(checkRules, caller, target),
    check: (target, tell, signal) =>
      checkManifest({ ports, store, stops: answers.stops, kin }, target, tell, signal),
    // A state that does not answer keeps nobody waiting: each replica has turns of its own.
    takeTurn: (server, ttl_ms) =>
      state.mark(`check/${server}`, me, ttl_ms).then(
        (other) => other === undefined,
        () => true,
      ),
    usualPort: (engine) => dialectOf(engine).defaultPort,
    monotonic: clock.monotonic,
  });
  await probes.listen(config.DBINTEL_PROBES);
  parts.add('probes', () => probes.close());
  const address = await api.listen(config.DBINTEL_API);
  parts.add('pictures', () => pictures.close());
  parts.add('api', () => api.close());
  return address;
}

/** Nobody comes from another machine, neither by itself nor through a proxy. */
const isOnlyHere = (config: Config): boolean =>
  isLoopback(config.DBINTEL_API.host) &&
  config.DBINTEL_PUBLIC_URL === undefined &&
  config.DBINTEL_TRUSTED_PROXY.length === 0;

/** Whoever holds the token reads the files of the user whose program this is. */
const decideHere =
  ({ history }: ListenPort, { DBINTEL_DATA: dataFolder }: Config): ApiDeps['decide'] =>
  async (said) => {
    await decide({ history, dataFolder }, said);
  };
