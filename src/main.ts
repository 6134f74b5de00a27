import { AppError } from './base/errors.ts';
import { systemClock } from './base/node/clock.ts';
import { guardProcess, strayLimit } from './base/node/faults.ts';
import { createLogger } from './base/node/logger.ts';
import { type CommandModule, exitCodes, meantBy, WrongUse } from './cli/command.ts';
import { terminal } from './cli/terminal.ts';
import { version } from './version.ts';

/** argv → one command. Each is loaded only when it is asked for. */
const commands: Record<string, { summary: string; load(): Promise<CommandModule> }> = {
  operator: {
    summary: 'collect from the targets of a Kubernetes cluster; any number of replicas',
    load: () => import('./cli/operator.ts'),
  },
  standalone: {
    summary: 'collect from the targets in a folder; no cluster needed',
    load: () => import('./cli/standalone.ts'),
  },
  collect: {
    summary: 'one cycle against one database: its plans and findings',
    load: () => import('./cli/collect.ts'),
  },
  validate: {
    summary: 'check manifests, and with --connect the databases’ prerequisites',
    load: () => import('./cli/validate.ts'),
  },
  prerequisites: {
    summary: 'the SQL that prepares a database, to read and run',
    load: () => import('./cli/prerequisites.ts'),
  },
  advise: {
    summary: 'which indexes a server should have, and on what that stands',
    load: () => import('./cli/advise.ts'),
  },
  indexes: {
    summary: 'every index of a target: who reads it, which could go',
    load: () => import('./cli/indexes.ts'),
  },
  describe: { summary: 'what is going on with a target', load: () => import('./cli/describe.ts') },
  finding: {
    summary: 'list findings; accept, dismiss or snooze one',
    load: () => import('./cli/finding.ts'),
  },
  executor: {
    summary: 'carry out index changes that were approved, in a cluster; by itself',
    load: () => import('./cli/executor.ts'),
  },
  approve: {
    summary: 'say that an index change may be carried out, by its hash',
    load: () => import('./cli/approve.ts'),
  },
  apply: {
    summary: 'carry out an index change that was approved, and judge its effect',
    load: () => import('./cli/apply.ts'),
  },
  rollback: {
    summary: 'take an index change back',
    load: () => import('./cli/rollback.ts'),
  },
  stop: {
    summary: 'emergency stop: everything, a namespace, or a target',
    load: () => import('./cli/stop.ts'),
  },
  resume: { summary: 'lift emergency stops', load: () => import('./cli/resume.ts') },
  kubectl: {
    summary: 'the plugin of kubectl: describe, plans, finding, stop … in a cluster',
    load: () => import('./cli/kubectl.ts'),
  },
  analyse: {
    summary: 'what the rules find in plans that are in files, and how two of them differ',
    load: () => import('./cli/analyse.ts'),
  },
  render: {
    summary: 'draw plans that are in files, as SVG, PNG, PDF or HTML',
    load: () => import('./cli/render.ts'),
  },
  crds: { summary: 'print the custom resource definitions', load: () => import('./cli/crds.ts') },
};

function usage(): string {
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(15)}${summary}`,
  );
  return (
    `dbintel ${version}: query plans from production databases, without hurting them\n\n` +
    `Usage: dbintel COMMAND [OPTIONS]\n\n${lines.join('\n')}\n\n` +
    '`dbintel COMMAND --help` tells more. Exit codes: 0 done, 1 a check failed, ' +
    '2 wrong use, 3 something could not be reached.\n'
  );
}

async function main(argv: string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === '--version' || name === 'version') return terminal.out(`dbintel ${version}`);
  if (name === 'help' && rest.length > 0) return main([...rest, '--help']);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    terminal.out(usage());
    return name === undefined ? exitCodes.wrongUse : exitCodes.done;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const meant = meantBy(name, [...Object.keys(commands), '--help', '--version']);
    terminal.err(`dbintel: there is no command "${name}"${meant}; see \`dbintel --help\``);
    return exitCodes.wrongUse;
  }
  const module = await command.load();
  if (rest.includes('--help') || rest.includes('-h'))
    return terminal.out(module.helpOf?.(rest) ?? module.help);
  try {
    return await module.run(rest);
  } catch (error) {
    return report(error, name, module.helpOf?.(rest) ?? module.help);
  }
}

/** One sentence at a person: what failed and its code. Never a stack. */
function report(error: unknown, name: string, help: string): number {
  const { code, message } = error as { code?: string; message?: string };
  const typo = typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS');
  if (error instanceof WrongUse || typo) {
    const said = message?.replace(/\. To specify .*$/s, '').replaceAll("'", '"') ?? '';
    const option = /^Unknown option "(--[\w-]+)"/.exec(said)?.[1];
    const meant = option ? meantBy(option, help.match(/--[a-z][a-z-]+/g) ?? []) : '';
    const [usage] = (error instanceof WrongUse ? error.help : help).split('\n\n');
    terminal.err(`dbintel ${name}: ${said}${meant}; see \`dbintel ${name} --help\`\n${usage}`);
    return exitCodes.wrongUse;
  }
  if (error instanceof AppError) {
    terminal.err(`dbintel ${name}: ${error.message} [${error.code}]`);
    return error.action === 'retry' ? exitCodes.unreachable : exitCodes.no;
  }
  terminal.err(`dbintel ${name}: ${message ?? String(error)}`);
  return exitCodes.unreachable;
}

/**
 * These run until they are told to end, and so they are; the others have nothing that would be
 * worth keeping.
 */
const services = new Set(['operator', 'standalone', 'executor']);

function endInOrder(name: string | undefined, code: number): void {
  ended ??= code;
  if (name === undefined || !services.has(name)) process.exit(code);
  process.kill(process.pid, 'SIGTERM');
}

/**
 * Whoever read what we say is gone (`| head`): nothing went wrong, and nobody is left to be told.
 */
function endWithReader(stream: NodeJS.WriteStream, name: string | undefined): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (ended === undefined) endInOrder(name, exitCodes.done);
  });
}

/** A pipe's reader may be slower than we. */
const readOut = (stream: NodeJS.WriteStream) =>
  new Promise<void>((resolve) =>
    stream.writableLength ? stream.write('', () => resolve()) : resolve(),
  );

const argv = process.argv.slice(2);
let ended: number | undefined;
for (const stream of [process.stdout, process.stderr]) endWithReader(stream, argv[0]);
guardProcess({
  logger: createLogger('error'),
  monotonic: systemClock.monotonic,
  strays: services.has(argv[0] ?? '') ? strayLimit : 1,
  onBroken: () => endInOrder(argv[0], exitCodes.unreachable),
});
const code = await main(argv);
await Promise.all([process.stdout, process.stderr].map(readOut));
// Not left to the event loop: whatever a library has forgotten there would keep the process.
process.exit(ended ?? code);
