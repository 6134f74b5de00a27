import { runRollback } from './apply.ts';

export const help = `Usage: dbintel rollback ID --credentials FOLDER [--targets DIR] [--data DIR]
                        [--json]

Takes a change of an index back that \`dbintel apply\` carried out, whatever its phase, and its
approval with it. Only an index that has our mark is dropped; one that was dropped is built again.

  --credentials DIR  files username and password of a role that owns the table
  --targets DIR      manifests (DBINTEL_TARGETS, default targets)
  --data DIR         of the program that collects (DBINTEL_DATA, default .dbintel)
  --json             one JSON document
`;

export const run = (args: string[]): Promise<number> => runRollback(args, help);
