import swagger from '@fastify/swagger';
import fastify from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../base/errors.ts';
import type { PlanHistory } from '../history/plan-history.ts';
import { type Target, targetLabel } from '../resources/database-target.ts';
import type { DatabaseTargetStatus } from '../resources/database-target-status.ts';
import { readManifests } from '../resources/manifest.ts';
import { createAuthoriser } from './authorise.ts';

/** The API: what is known, and the emergency stop. Typed by zod; /api/v1/openapi.json describes it. */
export interface ApiDeps {
  version: string;
  token: string;
  loopback: boolean;
  history: PlanHistory;
  targets(): readonly Target[];
  status(target: Target): Promise<DatabaseTargetStatus | undefined>;
  stops(): readonly ApiStop[];
  stop(scope: ApiStop['scope'], reason: string): Promise<ApiStop>;
  /** Without an id: every stop. Returns what was lifted. */
  resume(id: string | undefined): Promise<readonly ApiStop[]>;
  now(): number;
}

export interface ApiStop {
  id: string;
  scope: { all: true } | { namespaces: string[] } | { targets: string[] };
  reason: string;
  since: number;
}

const bodyLimit = 4 * 1_048_576;
const day_ms = 86_400_000;
const targetPath = z.object({ namespace: z.string().max(253), name: z.string().max(253) });
const page = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });
const scope = z.union([
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({ namespaces: z.array(z.string().min(1).max(253)).min(1).max(1_000) }),
  z.strictObject({
    targets: z
      .array(z.string().regex(/^[^/]+\/[^/]+$/, 'not namespace/name'))
      .min(1)
      .max(10_000),
  }),
]);

export async function createApiServer(deps: ApiDeps) {
  const server = fastify({
    logger: false,
    bodyLimit,
    requestTimeout: 10_000,
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'dbintel', version: deps.version, description: 'Query plans, findings, and the emergency stop.' },
    },
    transform: jsonSchemaTransform,
  });
  server.addContentTypeParser(['application/yaml', 'text/yaml', 'text/plain'], { parseAs: 'string' }, (_, body, done) => done(null, body));
  const mayPass = createAuthoriser(deps);
  server.addHook('onRequest', async (request, reply) => {
    if (!mayPass({ method: request.method, authorization: request.headers.authorization }))
      await reply.code(401).send({ error: 'unauthorised', message: 'a bearer token is wanted: Authorization: Bearer …' });
  });
  server.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const status = error instanceof NotFound ? 404 : (error.statusCode ?? 500);
    return reply.code(status).send({
      error: status >= 500 ? 'internal' : status === 404 ? 'not_found' : 'invalid',
      message: status >= 500 ? 'a mistake of ours; see the log' : error.message,
    });
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: 'not_found', message: `nothing at ${request.method} ${request.url.split('?')[0]}` }),
  );

  const find = (path: z.infer<typeof targetPath>): Target => {
    const target = deps.targets().find(({ namespace, name }) => namespace === path.namespace && name === path.name);
    if (!target) throw new NotFound(`there is no target ${path.namespace}/${path.name}`);
    return target;
  };
  const entry = async (target: Target) => ({
    namespace: target.namespace,
    name: target.name,
    uid: target.uid,
    engine: target.spec.engine,
    suspend: target.spec.suspend,
    status: await deps.status(target),
  });

  server.register(async (scoped) => {
    const api = scoped.withTypeProvider<ZodTypeProvider>();
    api.get('/', { schema: { summary: 'What is here' } }, async () => ({
      name: 'dbintel',
      version: deps.version,
      targets: '/api/v1/targets',
      findings: '/api/v1/findings',
      stops: '/api/v1/stops',
      openapi: '/api/v1/openapi.json',
    }));
    api.get('/api/v1/openapi.json', { schema: { summary: 'This description', hide: true } }, async () => server.swagger());
    api.get('/api/v1/targets', { schema: { summary: 'All targets with their status' } }, async () => ({
      items: await Promise.all(deps.targets().map(entry)),
    }));
    api.get('/api/v1/targets/:namespace/:name', { schema: { summary: 'One target', params: targetPath } }, async ({ params }) =>
      entry(find(params)),
    );
    api.get(
      '/api/v1/targets/:namespace/:name/queries',
      { schema: { summary: 'Statements of the last day, most database time first', params: targetPath, querystring: page } },
      async ({ params, query }) => ({
        items: await deps.history.queries({ target: find(params).uid, since: deps.now() - day_ms, limit: query.limit }),
      }),
    );
    api.get(
      '/api/v1/targets/:namespace/:name/plans',
      {
        schema: {
          summary: 'Distinct plans, newest first',
          params: targetPath,
          querystring: page.extend({ fingerprint: z.string().max(128).optional() }),
        },
      },
      async ({ params, query: { limit, fingerprint } }) => ({
        items: await deps.history.plans({ target: find(params).uid, limit, ...(fingerprint ? { fingerprint } : {}) }),
      }),
    );
    api.get(
      '/api/v1/targets/:namespace/:name/plans/:fingerprint/:hash',
      {
        schema: {
          summary: 'One plan with its tree',
          params: targetPath.extend({ fingerprint: z.string().max(128), hash: z.string().max(64) }),
        },
      },
      async ({ params }) => {
        const plan = await deps.history.plan({ target: find(params).uid, fingerprint: params.fingerprint, hash: params.hash });
        if (!plan) throw new NotFound('there is no such plan');
        return plan;
      },
    );
    api.get(
      '/api/v1/targets/:namespace/:name/findings',
      { schema: { summary: 'Open findings, worst first', params: targetPath, querystring: page } },
      async ({ params, query }) => ({ items: await deps.history.findings({ target: find(params).uid, limit: query.limit }) }),
    );
    api.get(
      '/api/v1/targets/:namespace/:name/cycles',
      { schema: { summary: 'Reports of the last day’s cycles, newest first', params: targetPath, querystring: page } },
      async ({ params, query }) => ({
        items: await deps.history.observations({ target: find(params).uid, since: deps.now() - day_ms, limit: query.limit }),
      }),
    );
    api.get('/api/v1/findings', { schema: { summary: 'Open findings of all targets', querystring: page } }, async ({ query }) => ({
      items: await deps.history.findings({ limit: query.limit }),
    }));
    api.get('/api/v1/stops', { schema: { summary: 'Emergency stops in force' } }, async () => ({ items: deps.stops() }));
    api.post(
      '/api/v1/stop',
      {
        schema: {
          summary: 'Emergency stop: cancels what runs on the servers and starts nothing new',
          body: z.strictObject({ scope, reason: z.string().min(1).max(400) }),
        },
      },
      async ({ body }) => deps.stop(body.scope, body.reason),
    );
    api.post(
      '/api/v1/resume',
      { schema: { summary: 'Lifts one stop, or all', body: z.strictObject({ id: z.string().max(64).optional() }) } },
      async ({ body }) => ({ lifted: await deps.resume(body.id) }),
    );
    api.post(
      '/api/v1/validate',
      { schema: { summary: 'Checks manifests (YAML in the body)', body: z.string().max(bodyLimit) } },
      async ({ body }) => {
        const { targets, mistakes } = readManifests(body);
        return { valid: mistakes.length === 0, targets: targets.map(({ metadata }) => targetLabel(metadata)), mistakes };
      },
    );
  });
  await server.ready();
  return server;
}

class NotFound extends AppError {
  constructor(message: string) {
    super('invalid_manifest', message);
  }
}
