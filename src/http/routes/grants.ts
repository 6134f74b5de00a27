import type { EngineName } from '../../model/engine-name.ts';
import { grants, grantsQuestion } from '../answers/grants.ts';
import { type Api, says } from '../api.ts';

/** The SQL that prepares a server, as `dbintel prerequisites --print-sql` prints it. */
export interface GrantsDeps {
  /** undefined: the engine has no such way. */
  grantsSql(wanted: GrantsWanted): string | undefined;
}

export interface GrantsWanted {
  engine: EngineName;
  via: 'direct' | 'procedure' | 'function';
  role: string;
  database: string | undefined;
  schemas: readonly string[];
  roles: readonly string[];
}

export function grantsRoutes(api: Api, { grantsSql }: GrantsDeps): void {
  api.get(
    '/api/v1/grants',
    says('The SQL that prepares a server for collection', grants, { querystring: grantsQuestion }),
    async ({ query: { engine, via, role, database, schemas, roles } }) => {
      const named = { schemas: namesOf(schemas), roles: namesOf(roles) };
      if ((via === 'function') !== named.roles.length > 0)
        throw invalid('roles are named with via=function, and only with it');
      const sql = grantsSql({ engine, via, role, database, ...named });
      if (sql === undefined) throw invalid(`${engine} has no way called ${via}`);
      return { sql };
    },
  );
}

const namesOf = (text: string | undefined): string[] =>
  [...new Set((text ?? '').split(','))].map((each) => each.trim()).filter(Boolean);

const invalid = (message: string) => Object.assign(new Error(message), { statusCode: 400 });
