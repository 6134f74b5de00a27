import swagger from '@fastify/swagger';
import fastify from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { HistoryQuestions } from '../history/history-questions.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type { EmergencyStopSpec } from '../resources/kinds/emergency-stop/spec.ts';
import { resourcesOf } from '../resources/kinds/index.ts';
import { readManifests } from '../resources/manifest.ts';
import { requestLimits } from '../resources/yaml-documents.ts';
import { createAuthoriser } from './authorise.ts';
import { guardedServer } from './guarded-server.ts';
import * as schemas from './schemas.ts';
import { pageByLabel } from './target-page.ts';

/**
 * The API: what is known, and the emergency stop. Typed by zod; /api/v1/openapi.json describes it.
 */
export interface ApiDeps {
  version: string;
  token: string;
  loopback: boolean;
  /** Names under which it is asked, besides loopback's and the address itself. */
  hosts: readonly string[];
  history: HistoryQuestions;
  /** Those whose history this process can tell of. */
  targets(): Iterable<TargetName>;
  /** Undefined where this version does not understand it; the status says why. */
  spec(uid: string): Target['spec'] | undefined;
  /** Of a target that is not among them: where to ask instead, for people. */
  elsewhere(name: Omit<TargetName, 'uid'>): string | undefined;
  /** What a list says of it, from memory. */
  glance(uid: string): Omit<z.input<typeof schemas.targetLine>, keyof TargetName> | undefined;
  status(target: Omit<TargetName, 'uid'>): Promise<DatabaseTargetStatus | undefined>;
  stops(): readonly ApiStop[];
  stop(scope: ApiStop['scope'], reason: string): Promise<ApiStop>;
  /** Returns what was lifted. */
  resume(which: { id: string } | { all: true }): Promise<readonly ApiStop[]>;
  now(): number;
  logger: Logger;
}

export type TargetName = Pick<Target, 'uid' | 'namespace' | 'name'>;

export interface ApiStop {
  id: string;
  scope:
    | { all: true }
    | { namespaces: string[] }
    | { targets: string[] }
    | { selector: NonNullable<EmergencyStopSpec['scope']['selector']> };
  reason: string;
  since: number;
}

const bodyLimit = 4 * 1_048_576;
/**
 * A stop and a resumption are some lines; brackets in brackets take the loop a while before they
 * are refused.
 */
const jsonLimit = 65_536;
const day_ms = 86_400_000;

export async function createApiServer(deps: ApiDeps) {
  const server = fastify({
    logger: false,
    bodyLimit,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    // A name has 253 characters at most, each three when encoded; the schemas say what is too long.
    routerOptions: { maxParamLength: 1_000 },
    serverFactory: guardedServer({ hosts: deps.hosts, anyAddress: false }),
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'dbintel',
        version: deps.version,
        description: 'Query plans, findings, and the emergency stop.',
      },
    },
    transform: jsonSchemaTransform,
  });
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: jsonLimit },
    server.getDefaultJsonParser('error', 'error'),
  );
  server.addContentTypeParser(
    ['application/yaml', 'text/yaml', 'text/plain'],
    { parseAs: 'buffer' },
    (_, body, done) => {
      const text = decode(body as Buffer);
      if (text === undefined)
        done(Object.assign(new Error('the text is not UTF-8'), { statusCode: 400 }));
      else done(null, text);
    },
  );
  const mayPass = createAuthoriser(deps);
  server.addHook('onRequest', async (request, reply) => {
    if (!mayPass({ method: request.method, authorization: request.headers.authorization }))
      await reply.code(401).send({
        error: 'unauthorised',
        message: 'a bearer token is wanted: Authorization: Bearer …',
      });
  });
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const [status, name] = kindOf(error);
    if (status === 500)
      deps.logger.error({ error, route: request.routeOptions.url }, 'the API could not answer');
    return reply.code(status).send({
      error: name,
      message:
        status === 500 ? 'internal error; please report it with the log line' : error.message,
    });
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      error: 'not_found',
      message: `nothing at ${request.method} ${request.url.split('?')[0]}`,
    }),
  );

  const find = (path: { namespace: string; name: string }): TargetName => {
    for (const target of deps.targets())
      if (target.namespace === path.namespace && target.name === path.name) return target;
    throw new NotFound(deps.elsewhere(path) ?? `there is no target ${path.namespace}/${path.name}`);
  };
  const entry = async ({ uid, namespace, name }: TargetName) => {
    const spec = deps.spec(uid);
    const known = spec && { engine: spec.engine, suspend: spec.suspend };
    return { namespace, name, uid, ...known, status: await deps.status({ namespace, name }) };
  };

  server.register(async (scoped) => {
    const api = scoped.withTypeProvider<ZodTypeProvider>();
    /** What a route says of itself; every answer has a schema. */
    const says = <R extends z.ZodType, E extends object>(summary: string, answer: R, extra: E) => ({
      schema: { summary, response: { 200: answer }, ...extra },
    });
    const targetRoute = '/api/v1/targets/:namespace/:name';
    const index = {
      name: 'dbintel',
      version: deps.version,
      targets: '/api/v1/targets',
      findings: '/api/v1/findings',
      stops: '/api/v1/stops',
      openapi: '/api/v1/openapi.json',
    };
    api.get('/', says('What is here', schemas.index, {}), async () => index);
    api.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => server.swagger());
    api.get(
      '/api/v1/targets',
      says('Targets with what a list tells of each, by namespace and name', schemas.targets, {
        querystring: schemas.targetsPage,
      }),
      async ({ query: { limit, after } }) => {
        const { page, more } = pageByLabel(deps.targets(), targetLabel, after, limit);
        const items = page.map(({ uid, namespace, name }) => ({
          namespace,
          name,
          uid,
          ...deps.glance(uid),
        }));
        const last = page.at(-1);
        return { items, ...(more && last ? { next: targetLabel(last) } : {}) };
      },
    );
    api.get(
      targetRoute,
      says('One target', schemas.target, { params: schemas.targetPath }),
      async ({ params }) => entry(find(params)),
    );
    api.get(
      `${targetRoute}/queries`,
      says('Statements of the last day, most database time first', schemas.queries, {
        params: schemas.targetPath,
        querystring: schemas.page,
      }),
      async ({ params, query }) => ({
        items: (await deps.history.queries({
          target: find(params).uid,
          since: deps.now() - day_ms,
          limit: query.limit,
        })) as z.input<typeof schemas.queries>['items'],
      }),
    );
    api.get(
      `${targetRoute}/plans`,
      says('Distinct plans, newest first', schemas.plans, {
        params: schemas.targetPath,
        querystring: schemas.planFilter,
      }),
      async ({ params, query: { limit, fingerprint } }) => ({
        items: (await deps.history.plans({
          target: find(params).uid,
          limit,
          ...(fingerprint ? { fingerprint } : {}),
        })) as z.input<typeof schemas.plans>['items'],
      }),
    );
    api.get(
      `${targetRoute}/plans/:fingerprint/:hash`,
      says('One plan with its tree', schemas.plan, { params: schemas.planPath }),
      async ({ params }) => {
        const plan = await deps.history.plan({
          target: find(params).uid,
          fingerprint: params.fingerprint,
          hash: params.hash,
        });
        if (!plan) throw new NotFound('there is no such plan');
        return plan as unknown as z.input<typeof schemas.plan>;
      },
    );
    api.get(
      `${targetRoute}/findings`,
      says('Open findings, worst first', schemas.findings, {
        params: schemas.targetPath,
        querystring: schemas.page,
      }),
      async ({ params, query }) => ({
        items: await deps.history.findings({ target: find(params).uid, limit: query.limit }),
      }),
    );
    api.get(
      `${targetRoute}/cycles`,
      says('Reports of the last day’s cycles, newest first', schemas.cycles, {
        params: schemas.targetPath,
        querystring: schemas.page,
      }),
      async ({ params, query }) => ({
        items: (
          await deps.history.cycles({
            target: find(params).uid,
            since: deps.now() - day_ms,
            limit: query.limit,
          })
        ).map((report) => ({ ...report })),
      }),
    );
    api.get(
      '/api/v1/findings',
      says('Open findings of all targets', schemas.findings, { querystring: schemas.page }),
      async ({ query }) => ({ items: await deps.history.findings({ limit: query.limit }) }),
    );
    api.get('/api/v1/stops', says('Emergency stops in force', schemas.stops, {}), async () => ({
      items: [...deps.stops()],
    }));
    api.post(
      '/api/v1/stop',
      says(
        'Emergency stop: cancels what runs on the servers and starts nothing new',
        schemas.stop,
        { body: schemas.stopRequest },
      ),
      async ({ body }) => deps.stop(body.scope, body.reason),
    );
    api.post(
      '/api/v1/resume',
      says('Lifts one stop, or, with all: true, every one', schemas.lifted, {
        body: schemas.resumeRequest,
      }),
      async ({ body }) => ({
        lifted: [...(await deps.resume(body))],
      }),
    );
    api.post(
      '/api/v1/validate',
      says('Checks manifests (YAML in the body)', schemas.validation, {
        body: z.string().max(requestLimits.characters),
      }),
      async ({ body }) => {
        const { resources, mistakes, refusal } = readManifests(body, requestLimits);
        if (refusal) throw Object.assign(new Error(refusal), { statusCode: 400 });
        return {
          valid: mistakes.length === 0,
          targets: resourcesOf(resources, 'DatabaseTarget').map(({ metadata }) =>
            targetLabel(metadata),
          ),
          mistakes,
        };
      },
    );
  });
  await server.ready();
  return server;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
function decode(body: Buffer): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

/** What our own errors say is for people: something that the answer needs is away. */
function kindOf(error: Error & { statusCode?: number }): [status: number, name: string] {
  if (error instanceof NotFound) return [404, 'not_found'];
  if (error instanceof AppError) return [503, error.code];
  const status = error.statusCode ?? 500;
  return [status, status >= 500 ? 'internal' : 'invalid'];
}

class NotFound extends AppError {
  constructor(message: string) {
    super('not_found', message);
  }
}
