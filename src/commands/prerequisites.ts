import { parseArgs } from 'node:util';
import { createEngines } from '../engines/index.ts';
import type { EngineName } from '../resources/database-target.ts';
import { exitCodes } from './command.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel prerequisites --print-sql [--engine postgres|mysql|mariadb] [--role dbintel] [--schema NAME]… [--database NAME] [--via procedure]

Prints the SQL that prepares a database: a role with no more rights than collection needs. It is never run for you.

  --schema NAME     schemas (postgres; default public) or databases (mysql, mariadb) whose statements are to be explained
  --via procedure   mysql, mariadb: the role gets no right on tables; EXPLAIN runs in procedures of a locked account
`;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      'print-sql': { type: 'boolean' },
      engine: { type: 'string', default: 'postgres' },
      role: { type: 'string', default: 'dbintel' },
      schema: { type: 'string', multiple: true },
      database: { type: 'string', default: 'postgres' },
      via: { type: 'string', default: 'direct' },
    },
  });
  const engines = createEngines();
  const { engine, role, database, via, schema } = values;
  if (!values['print-sql'] || !Object.hasOwn(engines, engine) || (via !== 'direct' && (via !== 'procedure' || engine === 'postgres'))) {
    terminal.err(help);
    return exitCodes.wrongUse;
  }
  const schemas = schema ?? [engine === 'postgres' ? 'public' : 'YOUR_DATABASE'];
  return terminal.out(engines[engine as EngineName].prerequisitesSql({ role, schemas, database, via }));
}
