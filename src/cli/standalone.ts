import { parseArgs } from 'node:util';
import { openStandalone } from '../app/open-standalone.ts';
import { readConfig } from '../config.ts';
import type { PlanBatch } from '../model/batch.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import { exitCodes } from './command.ts';
import { cycleLine, queryTable, safetyLine } from './present.ts';
import { runProgram } from './run-program.ts';
import { signInLink } from './sign-in-link.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel standalone [--targets DIR] [--data DIR] [--api HOST:PORT]
                          [--probes HOST:PORT] [--print] [--cycles N]

Collects from every DatabaseTarget among the manifests in DIR (Secrets beside them), re-reads them
when they change, and serves the API and the web UI. An EmergencyStop among them is obeyed. State
and history lie in SQLite files in the data folder. At a terminal it prints a link that signs in.

  --targets DIR        folder of manifests              (DBINTEL_TARGETS, default targets)
  --data DIR           state, history, statuses         (DBINTEL_DATA, default .dbintel)
  --api HOST:PORT      API and web UI                   (DBINTEL_API, default 127.0.0.1:8080)
  --probes HOST:PORT   /healthz, /readyz, /metrics      (DBINTEL_PROBES, default 127.0.0.1:8081)
  --print              say on stdout what each cycle did and the link, and log warnings only
  --cycles N           end when every target has had N cycles

SIGTERM and SIGINT let cycles in flight finish; a second one cancels them on the servers.
`;

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
  const cycles = values.cycles === undefined ? undefined : Number(values.cycles);
  if (cycles !== undefined && !(Number.isInteger(cycles) && cycles > 0)) {
    terminal.err('dbintel standalone: --cycles takes a whole number above 0');
    return exitCodes.wrongUse;
  }
  const config = readConfig({
    DBINTEL_TARGETS: values.targets,
    DBINTEL_DATA: values.data,
    DBINTEL_API: values.api,
    DBINTEL_PROBES: values.probes,
    ...(values.print ? { DBINTEL_LOG_LEVEL: 'warn' } : {}),
  });
  const finished = Promise.withResolvers<string>();
  const reached = () => finished.resolve('cycles');
  let link: string | undefined;
  const { program, logger, token } = await openStandalone(config, {
    onCycle: (batch, count) => {
      if (values.print) printCycle(batch, count, link);
    },
    ...(cycles === undefined ? {} : { until: { cycles, reached } }),
  });
  return runProgram(program, {
    logger,
    ending: 'stopping: cycles in flight may finish',
    finished: finished.promise,
    onStarted: (api) => {
      if (!values.print && !process.stdout.isTTY) return;
      link = api && token && config.DBINTEL_UI === 'on' ? signInLink(api, token) : api;
      terminal.out(`${link} · Ctrl-C ends`);
    },
  });
}

/**
 * The link comes with every table: what stands above one has left the screen. A cycle that looked
 * at nothing has no table.
 */
function printCycle(batch: PlanBatch, count: number, link: string | undefined): void {
  terminal.out(`${terminal.paint(targetLabel(batch.target), 'bold')}  ${cycleLine(batch)}`);
  const { cycle } = batch;
  if ((count !== 2 && count % 10 !== 0) || !cycle.top.length) return;
  terminal.out(`\n${queryTable(cycle.top, terminal.width)}\n${safetyLine(cycle)}`);
  terminal.out(link ? `${link}\n` : '');
}
