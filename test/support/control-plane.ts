import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './leaks.ts';
import { freePort, temporaryFolder } from './postgres-server.ts';

/**
 * A real Kubernetes control plane: etcd and kube-apiserver on free loopback ports, with RBAC. No
 * kubelet, no controllers: pods do not run.
 */
export interface ControlPlane {
  folder: string;
  /** Of an administrator. */
  kubeconfig: string;
  kubectl(args: string[], options?: { input?: string; kubeconfig?: string }): Promise<string>;
  apply(manifest: string): Promise<string>;
  /** A kubeconfig for a ServiceAccount, with a token that the API server made. */
  kubeconfigFor(serviceAccount: string, namespace: string): Promise<string>;
  /** Ends and begins the API server alone; what etcd holds stays. */
  haltApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  signalApiServer(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let folderOfBinaries: string | undefined;

/** etcd, kube-apiserver, kubectl or helm: from KUBEBUILDER_ASSETS, or as `make tools` built it. */
export function controlPlaneBinary(name: string): string {
  const given = process.env['KUBEBUILDER_ASSETS'];
  if (given && existsSync(join(given, name))) return join(given, name);
  folderOfBinaries ??= execFileSync(join(root, 'scripts/tools.sh'), ['where'], {
    encoding: 'utf8',
  }).trim();
  const path = join(folderOfBinaries, name);
  if (!existsSync(path)) throw new Error(`${name} is missing; build it with: make tools`);
  return path;
}

export function run(
  file: string,
  args: string[],
  { input, env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      { maxBuffer: 64 * 1_048_576, timeout: 60_000, env: { ...process.env, ...env } },
      (error, stdout, stderr) =>
        error
          ? reject(
              Object.assign(new Error(`${args.join(' ')}: ${stderr || error.message}`), {
                stdout,
                stderr,
              }),
            )
          : resolve(stdout),
    );
    // One that ends before it has read all says by its exit why.
    child.stdin?.on('error', () => undefined).end(input ?? '');
  });
}

export async function startControlPlane({
  extraArgs = [] as string[],
} = {}): Promise<ControlPlane> {
  const folder = temporaryFolder('control-plane');
  const [etcdPort, peerPort, apiPort] = [await freePort(), await freePort(), await freePort()];
  const token = randomBytes(16).toString('hex');
  execFileSync('openssl', ['genrsa', '-out', join(folder, 'sa.key'), '2048'], { stdio: 'ignore' });
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`);
  const children = new Set<ChildProcess>();
  const start = (name: string, args: string[]) => {
    const log = openSync(join(folder, `${name}.log`), 'a');
    const child = spawn(controlPlaneBinary(name), args, { stdio: ['ignore', log, log] });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  const killAll = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', killAll);
  start('etcd', [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
    `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    '--unsafe-no-fsync=true',
  ]);
  const kubeconfig = join(folder, 'kubeconfig');
  const writeKubeconfig = (path: string, user: string, userToken: string) => {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'test',
          cluster: {
            server: `https://127.0.0.1:${apiPort}`,
            'certificate-authority': join(folder, 'certs/apiserver.crt'),
          },
        },
      ],
      users: [{ name: user, user: { token: userToken } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      'current-context': 'test',
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  };
  writeKubeconfig(kubeconfig, 'admin', token);
  let server: ChildProcess | undefined;
  const plane: ControlPlane = {
    folder,
    kubeconfig,
    kubectl: (args, options = {}) =>
      run(
        controlPlaneBinary('kubectl'),
        [`--kubeconfig=${options.kubeconfig ?? kubeconfig}`, ...args],
        {
          ...(options.input === undefined ? {} : { input: options.input }),
          env: { HOME: folder },
        },
      ),
    apply: (manifest) => plane.kubectl(['apply', '--server-side', '-f', '-'], { input: manifest }),
    async kubeconfigFor(serviceAccount, namespace) {
      const made = (
        await plane.kubectl(['create', 'token', serviceAccount, '-n', namespace, '--duration=2h'])
      ).trim();
      return writeKubeconfig(
        join(folder, `kubeconfig-${namespace}-${serviceAccount}`),
        serviceAccount,
        made,
      );
    },
    async startApiServer() {
      mkdirSync(join(folder, 'certs'), { recursive: true });
      server = start('kube-apiserver', [
        `--etcd-servers=http://127.0.0.1:${etcdPort}`,
        `--cert-dir=${join(folder, 'certs')}`,
        `--secure-port=${apiPort}`,
        '--bind-address=127.0.0.1',
        '--advertise-address=127.0.0.1',
        '--service-cluster-ip-range=10.0.0.0/24',
        `--token-auth-file=${join(folder, 'tokens.csv')}`,
        '--authorization-mode=RBAC',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-key-file=${join(folder, 'sa.key')}`,
        `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
        '--disable-admission-plugins=ServiceAccount',
        ...extraArgs,
      ]);
      await until(
        async () =>
          plane.kubectl(['get', '--raw', '/readyz']).then(
            () => true,
            () => false,
          ),
        120_000,
        `the API server is ready; see ${folder}`,
      );
    },
    async haltApiServer() {
      const gone = new Promise((resolve) => server?.once('exit', resolve));
      server?.kill('SIGKILL');
      await gone;
    },
    signalApiServer: (signal) => void server?.kill(signal),
    async stop() {
      killAll();
      process.off('exit', killAll);
      await until(async () => children.size === 0, 30_000, 'the control plane is gone');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await plane.startApiServer();
  return plane;
}

/** Applies the CRDs and waits until the API server serves them. */
export async function installCrds(plane: ControlPlane): Promise<void> {
  const kinds = ['databasetargets', 'emergencystops', 'indexrecommendations', 'indexapprovals'];
  for (const file of kinds)
    await plane.apply(readFileSync(join(root, `crds/${file}.dbintel.io.yaml`), 'utf8'));
  await plane.kubectl([
    'wait',
    '--for=condition=Established',
    ...kinds.map((each) => `crd/${each}.dbintel.io`),
    '--timeout=60s',
  ]);
  await until(
    async () =>
      plane.kubectl(['get', kinds.join(), '-A']).then(
        () => true,
        () => false,
      ),
    60_000,
    'the kinds are served',
  );
}
