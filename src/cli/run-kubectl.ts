import { spawn } from 'node:child_process';

/** kubectl, as the person has it: with their context, their login, and their rights. */
export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}
export interface Kubectl {
  (args: string[]): Promise<Answer>;
  /** The same, running on. */
  start(args: string[]): ReturnType<typeof spawn>;
}

export function kubectlWith(options: {
  context?: string | undefined;
  kubeconfig?: string | undefined;
}): Kubectl {
  const common = (['context', 'kubeconfig'] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  const start = (args: string[]) =>
    spawn('kubectl', [...common, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return Object.assign((args: string[]) => answerOf(start(args)), { start });
}

function answerOf(child: ReturnType<typeof spawn>): Promise<Answer> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: -1, stdout, stderr: notThere(error) }));
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

const notThere = (error: Error) =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'kubectl is not in the PATH' : error.message;

export interface Forward {
  opened: Promise<{ kind: 'open'; address: string } | { kind: 'problem'; message: string }>;
  /** Why it ended. */
  closed: Promise<string>;
  close(): Promise<void>;
}

/** `port`: of this machine; empty: a free one. The port of the other side is named `api`. */
export function forwardPort(kubectl: Kubectl, what: string[], port: string): Forward {
  const child = kubectl.start(['port-forward', '--address', '127.0.0.1', ...what, `${port}:api`]);
  const opened = Promise.withResolvers<Awaited<Forward['opened']>>();
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const address = /Forwarding from (127\.0\.0\.1:\d+)/.exec(said)?.[1];
    if (address) opened.resolve({ kind: 'open', address: `http://${address}` });
  });
  const closed = answerOf(child).then(
    ({ stderr }) => stderr.trim() || 'kubectl port-forward has ended',
  );
  void closed.then((message) => opened.resolve({ kind: 'problem', message }));
  return {
    opened: opened.promise,
    closed,
    async close() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
