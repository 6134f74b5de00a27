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
  const roles = values.roles.flatMap((each) => each.split(',')).filter(Boolean);
  const wrong = whatIsWrong(engine, { ...values, roles });
  if (!engine || wrong) {
    terminal.err(`${help}\nNothing was printed: ${wrong}.`);
    return exitCodes.wrongUse;
  }
  const { role, database, via } = values;
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

interface Wanted {
  'print-sql'?: boolean | undefined;
  engine: string;
  role: string;
  schema?: string[] | undefined;
  database: string;
  via: string;
  roles: readonly string[];
}

function whatIsWrong(engine: EngineName | undefined, wanted: Wanted): string | undefined {
  const { role, database, via, roles, schema = [] } = wanted;
  if (!engine) return `there is no engine "${wanted.engine}"`;
  const ways: readonly string[] = dialectOf(engine).spec.explainVia;
  if (!ways.includes(via)) return `--via ${via} is not for ${engine}`;
  if (via === 'function' && roles.length === 0) return '--via function needs --roles';
  if (via !== 'function' && roles.length > 0) return '--roles is for --via function';
  if (!wanted['print-sql']) return 'say --print-sql';
  // A line that ends would end a comment.
  const broken = [role, database, ...roles, ...schema].some((each) => /\p{Cc}/u.test(each));
  return broken ? 'a name holds a control character' : undefined;
}
