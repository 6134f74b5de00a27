import { parseArgs } from 'node:util';
import { exitCodes } from './command.ts';
import { openBrowser } from './open-browser.ts';
import { forwardPort, type Kubectl, kubectlWith } from './run-kubectl.ts';
import { signInLink } from './sign-in-link.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: kubectl dbintel ui [-n NAMESPACE] [--service NAME]
                      [--service-account NAME] [--port N] [--open]
                      [--context NAME] [--kubeconfig FILE]

Forwards a port of this machine to a replica, and prints a link that signs in. Ctrl-C ends it.

  -n NAMESPACE            where the operator is; looked for in all of them where absent
  --service NAME          its Service; the one with the chart's label where absent
  --service-account NAME  signs in as this ServiceAccount of the namespace, with its rights (the
                          chart's api.tokenReview); otherwise with the API's own token, whose
                          holder may everything, where you may read its Secret
  --port N                of this machine; a free one where absent
  --open                  opens the link in the browser, too
`;

const options = {
  namespace: { type: 'string', short: 'n' },
  service: { type: 'string' },
  'service-account': { type: 'string' },
  port: { type: 'string' },
  open: { type: 'boolean', default: false },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options });
  if (values.help) return terminal.out(help);
  const kubectl = kubectlWith(values);
  const found = await findService(kubectl, values);
  if (found.kind === 'problem') return tell(found.message);
  const token = await tokenFor(kubectl, found.service, values['service-account']);
  if (token.kind === 'problem') return tell(token.message);
  const { namespace, name } = found.service;
  const [forward, ended] = [
    forwardPort(kubectl, ['-n', namespace, `service/${name}`], values.port ?? ''),
    untilTold(),
  ];
  const first = await Promise.race([forward.opened, ended]);
  if (first === undefined) {
    await forward.close();
    return exitCodes.done;
  }
  if (first.kind === 'problem') return tell(first.message);
  const link = signInLink(first.address, token.token);
  terminal.out(`${namespace}/${name}\n${link} · Ctrl-C ends`);
  const opened = values.open ? openBrowser(link) : undefined;
  const lost = await Promise.race([forward.closed, ended]);
  opened?.remove();
  await forward.close();
  return lost === undefined ? exitCodes.done : tell(lost);
}

function tell(message: string): number {
  terminal.err(`kubectl dbintel ui: ${message}`);
  return exitCodes.unreachable;
}

const untilTold = () =>
  new Promise<undefined>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => resolve(undefined));
  });

interface Service {
  namespace: string;
  name: string;
  /** Where the API's token is. */
  secret: string;
}
interface Problem {
  kind: 'problem';
  message: string;
}

/** Of the chart: where a Service that was named otherwise has its token. */
const secretAnnotation = 'dbintel.io/api-secret';
const labelled = 'app.kubernetes.io/name=dbintel';

async function findService(
  kubectl: Kubectl,
  { namespace, service }: { namespace?: string | undefined; service?: string | undefined },
): Promise<{ kind: 'found'; service: Service } | Problem> {
  const where = namespace === undefined ? ['-A'] : ['-n', namespace];
  const answer = await kubectl(['get', 'services', ...where, '-l', labelled, '-o', 'json']);
  if (answer.code !== 0)
    return problem(`the Service could not be looked for; name it by -n. ${answer.stderr}`);
  const services = (JSON.parse(answer.stdout) as { items: { metadata: Metadata }[] }).items
    .map(({ metadata }) => serviceOf(metadata))
    .filter(({ name }) => service === undefined || name === service);
  const [one, another] = services;
  if (!one) {
    if (service !== undefined && namespace !== undefined)
      return { kind: 'found', service: serviceOf({ namespace, name: service }) };
    return problem(
      `there is no Service with the label ${labelled} ` +
        `${namespace === undefined ? 'in any namespace' : `in ${namespace}`}: ` +
        'name it by -n and --service',
    );
  }
  if (!another) return { kind: 'found', service: one };
  const names = services.map((each) => `${each.namespace}/${each.name}`);
  return problem(`there are several: ${names.join(', ')}; choose by -n and --service`);
}

interface Metadata {
  namespace: string;
  name: string;
  annotations?: Record<string, string>;
}

const serviceOf = ({ namespace, name, annotations }: Metadata): Service => ({
  namespace,
  name,
  secret: annotations?.[secretAnnotation] ?? `${name}-api`,
});

async function tokenFor(
  kubectl: Kubectl,
  { namespace, secret }: Service,
  account: string | undefined,
): Promise<{ kind: 'token'; token: string } | Problem> {
  if (account !== undefined) {
    const made = ['create', 'token', account, '-n', namespace, '--audience', 'dbintel'];
    const { code, stdout, stderr } = await kubectl([...made, '--duration', '12h']);
    return code === 0 ? { kind: 'token', token: stdout.trim() } : problem(stderr);
  }
  const read = ['get', 'secret', secret, '-n', namespace, '-o', 'jsonpath={.data.token}'];
  const { code, stdout, stderr } = await kubectl(read);
  const token = Buffer.from(stdout.trim(), 'base64').toString().trim();
  if (code === 0 && token) return { kind: 'token', token };
  return problem(
    `the API's token cannot be read from the Secret ${namespace}/${secret}: ` +
      `${stderr || 'it has no key token'}\n` +
      'Sign in as a ServiceAccount by --service-account NAME, whose rights count then ' +
      '(the chart: --set api.tokenReview=true; docs/security.md says which right is for what).',
  );
}

const problem = (message: string): Problem => ({ kind: 'problem', message: message.trim() });
