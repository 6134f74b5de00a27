import type {
  FastifyBaseLogger,
  FastifyContextConfig,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { AppError } from '../base/errors.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { failure } from './answers/failure.ts';
import type { Caller } from './caller.ts';

/** What every file of routes/ is given, and how its routes say what they are. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export type TargetName = Pick<Target, 'uid' | 'namespace' | 'name'>;

/** Throws NotFound, with where to ask instead. */
export type FindTarget = (path: { namespace: string; name: string }) => TargetName;

/** By uid, if the caller may read its namespace. */
export type FindUid = (uid: string, caller: Caller) => TargetName;

export const targetRoute = '/api/v1/targets/:namespace/:name';

/**
 * What a route says of itself; every answer has a schema. `config.right`: what its caller must be
 * allowed besides reading.
 */
export const says = <R extends z.ZodType, E extends object>(
  summary: string,
  answer: R,
  { config = {}, ...extra }: E & { config?: FastifyContextConfig },
) => ({
  config,
  schema: { summary, response: { 200: answer, '4xx': failure, '5xx': failure }, ...extra },
});

export class NotFound extends AppError {
  constructor(message: string) {
    super('not_found', message);
  }
}

/** Another replica collects it, and they share no history; `owner`: its pod, as last seen. */
export class Elsewhere extends NotFound {
  readonly owner: string | undefined;
  constructor(label: string, owner: string | undefined) {
    const whom = owner ?? 'the one that `kubectl describe` names';
    super(
      `${label} is another replica's: ask ${whom}, or give all of them one history ` +
        '(DBINTEL_HISTORY_URL)',
    );
    this.owner = owner;
  }
}
