import * as z from 'zod';
import { createLru } from '../../base/lru.ts';
import { type Target, targetLabel } from '../../resources/kinds/database-target/target.ts';
import { type ResourceOf, resourcesOf } from '../../resources/kinds/index.ts';
import { readManifests } from '../../resources/manifest.ts';
import { requestLimits } from '../../resources/yaml-documents.ts';
import { type CheckLine, checkLine } from '../answers/check.ts';
import { failure } from '../answers/failure.ts';
import type { Api } from '../api.ts';
import { TooMany } from '../sign-in.ts';

/** A manifest is tried on its database; every step is told when it is done. */
export interface CheckDeps {
  toTarget(resource: ResourceOf<'DatabaseTarget'>): Target;
  check(target: Target, tell: (line: CheckLine) => void, signal: AbortSignal): Promise<void>;
  usualPort(engine: Target['spec']['engine']): number;
  monotonic(): number;
}

/** A server is not to be logged into as often as somebody can press a button. */
const between_ms = 10_000;
const remembered = 1_000;
/** At once: each holds two connections, for 30 s at most. */
const mostAtOnce = 4;

export function checkRoutes(api: Api, deps: CheckDeps): void {
  const last = createLru<string, number>(remembered);
  let running = 0;
  api.post(
    '/api/v1/check',
    {
      config: { right: 'check' },
      schema: {
        summary: 'Connects as a manifest says (YAML in the body) and checks what collection needs',
        body: z.string().max(requestLimits.characters),
        response: {
          200: { content: { 'application/x-ndjson': { schema: checkLine } } },
          '4xx': failure,
          '5xx': failure,
        },
      },
    },
    async ({ body, caller }, reply) => {
      const target = deps.toTarget(oneTarget(body));
      const { namespace } = target;
      if (!caller.mayRead(namespace) || !(await caller.may('check', namespace)))
        throw refused(403, `${caller.user} may not check targets of the namespace ${namespace}`);
      const keys = [targetLabel(target), addressOf(deps, target)];
      const checkedAt = Math.max(...keys.map((key) => last.get(key) ?? Number.NEGATIVE_INFINITY));
      const wait_ms = between_ms - (deps.monotonic() - checkedAt);
      if (wait_ms > 0 || running >= mostAtOnce)
        throw new TooMany(
          wait_ms > 0 ? `${keys.join(' or ')} was checked a moment ago` : 'other checks run',
          Math.ceil(Math.max(wait_ms, 1_000) / 1_000),
        );
      reply.hijack();
      const { raw } = reply;
      // Who went while it was asked who they are has closed already, and does not close again.
      if (raw.destroyed) return;
      for (const key of keys) last.set(key, deps.monotonic());
      running += 1;
      const gone = new AbortController();
      raw.on('close', () => gone.abort());
      raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'x-accel-buffering': 'no' });
      try {
        await deps.check(target, (line) => raw.write(`${JSON.stringify(line)}\n`), gone.signal);
      } finally {
        running -= 1;
        raw.end();
      }
    },
  );
}

/** A name in a manifest is chosen freely; the server is the same under all of them. */
const addressOf = ({ usualPort }: CheckDeps, { spec: { engine, connection } }: Target): string =>
  `${connection.host.toLowerCase()}:${connection.port ?? usualPort(engine)}`;

function oneTarget(text: string): ResourceOf<'DatabaseTarget'> {
  const { resources, mistakes, refusal } = readManifests(text, requestLimits);
  const [mistake] = mistakes;
  if (refusal) throw refused(400, refusal);
  if (mistake) throw refused(400, `line ${mistake.line}: ${mistake.path}: ${mistake.message}`);
  const [target, another] = resourcesOf(resources, 'DatabaseTarget');
  if (target && !another) return target;
  throw refused(400, 'one DatabaseTarget is wanted');
}

const refused = (statusCode: number, message: string) =>
  Object.assign(new Error(message), { statusCode });
