import { parseArgs } from 'node:util';
import { createEngines } from '../engines/index.ts';
import type { EngineName } from '../resources/database-target.ts';
import { exitCodes } from './command.ts';
import { terminal } from './terminal.ts';

export const help = `Usage: dbintel prerequisites --print-sql [--engine postgres] [--role dbintel] [--schema public]… [--database NAME]

Prints the SQL that prepares a database: a role with no more rights than collection needs. It is never run for you.
`;

export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      'print-sql': { type: 'boolean' },
      engine: { type: 'string', default: 'postgres' },
      role: { type: 'string', default: 'dbintel' },
      schema: { type: 'string', multiple: true, default: ['public'] },
      database: { type: 'string', default: 'postgres' },
    },
  });
  const engines = createEngines();
  if (!values['print-sql'] || !Object.hasOwn(engines, values.engine)) {
    terminal.err(help);
    return exitCodes.wrongUse;
  }
  return terminal.out(
    engines[values.engine as EngineName].prerequisitesSql({ role: values.role, schemas: values.schema, database: values.database }),
  );
}
