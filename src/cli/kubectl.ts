import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { openCluster } from '../app/open-cluster.ts';
import { systemClock } from '../base/node/clock.ts';
import { parseTime } from '../base/quantity.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import { kinds } from '../resources/kinds/index.ts';
import { listManifestFiles, readManifestFile } from '../targets/files/read-folder.ts';
import type { ClusterClient } from '../targets/kubernetes/cluster-client.ts';
import { exitCodes, meantBy, WrongUse } from './command.ts';
import { describeStatus } from './describe.ts';
import { run as finding } from './finding.ts';
import { advise } from './kubectl-advise.ts';
import { approve } from './kubectl-approve.ts';
import { run as resume } from './resume.ts';
import { run as stop } from './stop.ts';
import { renderTable, terminal } from './terminal.ts';
import { run as ui, help as uiHelp } from './ui.ts';

export const help = `Usage: kubectl dbintel COMMAND [-n NAMESPACE] [--context NAME]
                       [--kubeconfig FILE] [--json]

The same program as a plugin of kubectl (put bin/kubectl-dbintel into your PATH), against the
cluster of the current context:

  describe NAME       what is going on with a target, the answer first
  plans [NAME]        the heaviest statements of a target (of all in the namespace), with their
                      plans and findings
  validate FILE|DIR…  checks manifests here and by the API server, and changes nothing
  advise [TARGET]     what is advised for a target (for all in the namespace), and what became of
                      it; with --run its replica is asked to look anew, within a minute
  approve NAME        what an IndexRecommendation advises, with its hash; with --hash HASH it is
                      approved, with --reject as well rejected
  finding VERB NAME…  as \`dbintel finding\`: list, accept, dismiss, snooze, reopen
  stop, resume        as \`dbintel stop\` and \`dbintel resume\`, as EmergencyStops of the cluster
  ui                  the web UI: forwards a port to a replica and prints a link that signs in;
                      \`kubectl dbintel ui --help\` tells more
`;

/** Of those that are commands of their own. */
export const helpOf = ([command = '']: readonly string[]): string | undefined =>
  command === 'ui' ? uiHelp : undefined;

const options = {
  namespace: { type: 'string', short: 'n' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  json: { type: 'boolean' },
  hash: { type: 'string' },
  reject: { type: 'boolean' },
  run: { type: 'boolean' },
} as const;

export async function run(args: string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === 'stop') return stop([...rest, '--cluster']);
  if (command === 'resume') return resume([...rest, '--cluster']);
  if (command === 'ui') return ui(rest);
  if (command === 'finding') return finding([...rest, '--cluster']);
  const { values, positionals } = parseArgs({ args: rest, allowPositionals: true, options });
  const work =
    command !== undefined && Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!work) throw new WrongUse(command ? unknown(command) : 'say a command', help);
  if (positionals.length < work.least || positionals.length > work.most)
    throw new WrongUse(`${command} does not take ${positionals.length} names`, help);
  const cluster = openCluster(values);
  try {
    return await work.run({
      client: cluster.client,
      namespace: values.namespace ?? cluster.namespace,
      names: positionals,
      json: values.json === true,
      hash: values.hash,
      reject: values.reject === true,
      run: values.run === true,
    });
  } finally {
    await cluster.close();
  }
}

interface Asked {
  client: ClusterClient;
  namespace: string;
  names: string[];
  json: boolean;
  hash: string | undefined;
  reject: boolean;
  run: boolean;
}

const commands: Record<
  string,
  { least: number; most: number; run(asked: Asked): Promise<number> }
> = {
  describe: { least: 1, most: 1, run: describe },
  plans: { least: 0, most: 1, run: plans },
  validate: { least: 1, most: 1_000, run: validate },
  advise: {
    least: 0,
    most: 1,
    run: ({ names: [target], ...asked }) => advise({ ...asked, target, now: systemClock.now() }),
  },
  approve: {
    least: 1,
    most: 1,
    run: ({ client, namespace, names, ...said }) =>
      approve(client, namespace, names[0] ?? '', said),
  },
};

const unknown = (word: string) => {
  const known = [...Object.keys(commands), 'stop', 'resume', 'ui', 'finding'];
  return `there is no "${word}"${meantBy(word, known)}`;
};

const ask = '(kubectl get pods -A -l app.kubernetes.io/name=dbintel)';

async function describe({ client, namespace, names, json }: Asked): Promise<number> {
  const status = await client.status(namespace, names[0] ?? '');
  if (json) return terminal.json(status);
  if (!status.conditions?.length)
    return terminal.out(
      `${namespace}/${names[0]}: no replica has looked at it yet; is the operator running? ${ask}`,
    );
  const now = systemClock.now();
  return terminal.out(
    `${describeStatus(`${namespace}/${names[0]}`, status, now)}${silence(status, now)}`,
  );
}

/** A replica writes after a cycle, figures at the latest after ten minutes. */
const silentAfter_ms = 900_000;
function silence({ updatedAt }: DatabaseTargetStatus, now: number): string {
  if (!updatedAt || now - parseTime(updatedAt) < silentAfter_ms) return '';
  return `\nNobody has written this for longer than a replica takes: is one running? ${ask}`;
}

async function plans({ client, namespace, names, json }: Asked): Promise<number> {
  const [name] = names;
  const found = name
    ? [{ name, status: await client.status(namespace, name) }]
    : await client.statuses(namespace);
  const rows = found.flatMap(({ name: target, status }) =>
    (status.topQueries ?? []).map((query) => ({ target, ...query })),
  );
  if (json) return terminal.json(rows);
  if (rows.length === 0) return terminal.out(`no plans in ${namespace} yet`);
  const table = renderTable(
    rows,
    [
      ...(names[0]
        ? []
        : [{ title: 'TARGET', value: ({ target }: (typeof rows)[number]) => target }]),
      { title: ' TIME', align: 'right' as const, value: ({ share }) => share },
      { title: 'QUERY', least: 40, value: ({ text, fingerprint }) => text || fingerprint },
      { title: 'MEAN', align: 'right' as const, value: ({ mean }) => mean },
      { title: 'PLAN', value: ({ plan, code }) => plan ?? code ?? '–' },
      { title: 'FINDINGS', least: 20, value: ({ findings }) => findings.join(', ') || '–' },
    ],
    terminal.width,
  );
  return terminal.out(table);
}

/**
 * Our own reading says where in the file; the API server says what its version of the CRD and its
 * admission think.
 */
async function validate({ client, names, namespace, json }: Asked): Promise<number> {
  const mistakes: { file: string; line?: number; message: string }[] = [];
  for (const path of names)
    for (const file of await listManifestFiles(path)) {
      const { mistakes: own } = await readManifestFile(file);
      mistakes.push(
        ...own.map(({ line, path, message }) => ({
          file,
          ...(line ? { line } : {}),
          message: `${path}  ${message}`.trim(),
        })),
      );
      if (own.length === 0)
        mistakes.push(
          ...(await askServer(client, file, namespace)).map((message) => ({ file, message })),
        );
    }
  if (json) terminal.json({ mistakes });
  else
    terminal.out(
      mistakes.length
        ? mistakes
            .map(({ file, line, message }) => `${file}${line ? `:${line}` : ''}  ${message}`)
            .join('\n')
        : 'all is well, here and by the API server',
    );
  return mistakes.length ? exitCodes.no : exitCodes.done;
}

const manifestSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

/** As it was written: what is left out there is the API server's to fill in. */
async function askServer(
  client: ClusterClient,
  file: string,
  namespace: string,
): Promise<string[]> {
  const refused: string[] = [];
  for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
    const { data: manifest } = manifestSchema.safeParse(document.toJS());
    const kind = kinds.find((each) => each.kind === manifest?.kind);
    if (!manifest || !kind) continue;
    const { metadata } = manifest;
    const home = kind.scope === 'Namespaced' ? (metadata.namespace ?? namespace) : undefined;
    const asked = { ...manifest, metadata: { ...metadata, ...(home ? { namespace: home } : {}) } };
    const why = await client.refusal(kind, asked);
    if (why) refused.push(`${[home, metadata.name].filter(Boolean).join('/')}: ${why}`);
  }
  return refused;
}
