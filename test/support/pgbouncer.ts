import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, chmodSync, constants, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from './leaks.ts';
import { freePort, temporaryFolder } from './postgres-server.ts';

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(true);
      socket.destroy();
    }).on('error', () => resolve(false));
  });

/** A real PgBouncer in transaction mode before a server. */
export async function startPgBouncer(
  target: { port: number },
  user: string,
  password: string,
): Promise<{ port: number; stop(): Promise<void> }> {
  const program = '/usr/sbin/pgbouncer';
  try {
    accessSync(program, constants.X_OK);
  } catch {
    throw new Error('PgBouncer is missing: run `make tools` (or apt-get install pgbouncer)');
  }
  const folder = temporaryFolder('pgbouncer');
  const port = await freePort();
  writeFileSync(join(folder, 'users.txt'), `"${user}" "${password}"\n"postgres" ""\n`);
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]\n* = host=127.0.0.1 port=${target.port}\n[pgbouncer]\n` +
      `listen_addr = 127.0.0.1\nlisten_port = ${port}\nauth_type = scram-sha-256\n` +
      `auth_file = ${folder}/users.txt\npool_mode = transaction\nunix_socket_dir =\n` +
      'ignore_startup_parameters = extra_float_digits\n',
  );
  for (const file of ['users.txt', 'pgbouncer.ini']) chmodSync(join(folder, file), 0o644);
  const asRoot = process.getuid?.() === 0;
  const [command, ...args] = [
    ...(asRoot ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] : []),
    program,
    join(folder, 'pgbouncer.ini'),
  ];
  const child: ChildProcess = spawn(command as string, args, { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  await until(() => listens(port), 20_000, 'PgBouncer listens');
  return {
    port,
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null) child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
