import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import { type Target, targetLabel } from '../../resources/kinds/database-target/target.ts';
import { type ResourceOf, resourcesOf } from '../../resources/kinds/index.ts';
import { readManifests } from '../../resources/manifest.ts';
import { requestLimits } from '../../resources/yaml-documents.ts';
import { type CheckLine, checkLine } from '../answers/check.ts';
import { failure } from '../answers/failure.ts';
import type { Api } from '../api.ts';
import type { Caller } from '../caller.ts';
import { between_ms, createCheckTurns } from '../check-turns.ts';
import { TooMany } from '../sign-in.ts';

/** A manifest is tried on its database; every step is told when it is done. */
export interface CheckDeps {
  /** Throws what says why it may not be connected as it says. */
  refuseCheck(caller: Caller, target: Target): Promise<void>;
  toTarget(resource: ResourceOf<'DatabaseTarget'>): Target;
  check(target: Target, tell: (line: CheckLine) => void, signal: AbortSignal): Promise<void>;
  /** Among all replicas, for so long; false: another has it. */
  takeTurn(server: string, ttl_ms: number): Promise<boolean>;
  usualPort(engine: Target['spec']['engine']): number;
  monotonic(): number;
}

export function checkRoutes(api: Api, deps: CheckDeps): void {
  const turns = createCheckTurns(deps.monotonic);
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
    async (request, reply) => {
      const target = deps.toTarget(oneTarget(request.body));
      const [label, server] = [targetLabel(target), addressOf(deps, target)];
      request.subject = { target: label, server, credentials: credentialsOf(target) };
      const leave = turns.enter(request.caller.user);
      try {
        await deps.refuseCheck(request.caller, target);
        turns.take([label, server]);
        if (!(await deps.takeTurn(server, between_ms)))
          throw new TooMany(`${server} was checked a moment ago`, between_ms / 1_000);
        await tellSteps(deps, target, reply);
      } finally {
        leave();
      }
    },
  );
}

/** A name in a manifest is chosen freely; the server is the same under all of them. */
const addressOf = ({ usualPort }: CheckDeps, { spec: { engine, connection } }: Target): string =>
  `${connection.host.toLowerCase()}:${connection.port ?? usualPort(engine)}`;

/** What they are called; nothing of what they are. */
const credentialsOf = ({ spec: { connection } }: Target): string =>
  connection.credentials.secretRef?.name ?? connection.credentials.file ?? '';

async function tellSteps(deps: CheckDeps, target: Target, reply: FastifyReply): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  // Who went while it was asked who they are has closed already, and does not close again.
  if (raw.destroyed) return;
  const gone = new AbortController();
  raw.on('close', () => gone.abort());
  raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'x-accel-buffering': 'no' });
  try {
    await deps.check(target, (line) => raw.write(`${JSON.stringify(line)}\n`), gone.signal);
  } finally {
    raw.end();
  }
}

function oneTarget(text: string): ResourceOf<'DatabaseTarget'> {
  const { resources, mistakes, refusal } = readManifests(text, requestLimits);
  const [mistake] = mistakes;
  if (refusal) throw refused(refusal);
  if (mistake) throw refused(`line ${mistake.line}: ${mistake.path}: ${mistake.message}`);
  const [target, another] = resourcesOf(resources, 'DatabaseTarget');
  if (target && !another) return target;
  throw refused('one DatabaseTarget is wanted');
}

const refused = (message: string) => Object.assign(new Error(message), { statusCode: 400 });
