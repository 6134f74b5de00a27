import { parseArgs } from 'node:util';
import { dialectOf } from '../dialects/index.ts';
import { createEngines } from '../engines/index.ts';
import { type EngineName, engineNames } from '../model/engine-name.ts';
import { explainVia } from '../resources/kinds/database-target/explain.ts';
import { exitCodes } from './command.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel prerequisites --print-sql [--engine ${engineNames.join('|')}]
                             [--role dbintel] [--schema NAME]… [--database NAME]
                             [--via procedure|function] [--roles NAME,…]

Prints the SQL that prepares a database: a role with no more rights than collection needs. It is
never run for you.

  --schema NAME     schemas (postgres; default public) or databases (mysql, mariadb) whose
                    statements are to be explained
  --via procedure   mysql, mariadb: the role gets no right on tables; EXPLAIN runs in procedures
                    of a locked account
  --via function    postgres: the role gets no right on tables; EXPLAIN runs in a function of
                    each role that --roles names, with its rights
  --roles NAME,…    the roles whose statements are to be explained; may be given more than once
`;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      'print-sql': { type: 'boolean' },
      engine: { type: 'string', default: 'postgres' satisfies EngineName },
      role: { type: 'string', default: 'dbintel' },
      schema: { type: 'string', multiple: true },
      database: { type: 'string', default: 'postgres' },
      via: { type: 'string', default: 'direct' },
      roles: { type: 'string', multiple: true, default: [] },
    },
  });
  const engine = engineNames.find((each) => each === values.engine);
  const ways: readonly string[] = engine ? dialectOf(engine).spec.explainVia : [];
  const roles = values.roles.flatMap((each) => each.split(',')).filter(Boolean);
  const { role, database, via } = values;
  const known = values['print-sql'] && ways.includes(via);
  const names = [role, database, ...roles, ...(values.schema ?? [])];
  // A line that ends would end a comment.
  const broken = names.some((each) => /\p{Cc}/u.test(each));
  if (!engine || !known || broken || (via === 'function') !== roles.length > 0) {
    terminal.err(help);
    return exitCodes.wrongUse;
  }
  return terminal.out(
    createEngines()[engine].prerequisitesSql({
      role,
      schemas: values.schema ?? dialectOf(engine).defaultSchemas,
      database,
      via: explainVia.parse(via),
      roles: [...new Set(roles)],
    }),
  );
}
