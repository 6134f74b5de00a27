import { startPostgres } from '../test/support/postgres-server.ts';
import {
  prepareValidation,
  validateOne,
  type WorldKind,
  worlds,
} from '../test/support/validation-world.ts';
import type { Section } from './harness.ts';

/** Approved indexes that help, do nothing and hurt, each judged by what its load really did. */
const runs = Number(process.env['RUNS'] ?? 100);

export async function validationBench(): Promise<Section> {
  const server = await startPostgres();
  try {
    await prepareValidation(server);
    const found: Section['rows'] = [];
    for (const kind of Object.keys(worlds) as WorldKind[]) {
      const ends = new Map<string, number>();
      for (let run = 0; run < runs; run += 1) {
        const end = await validateOne(server, kind, run);
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
      const ended = [...ends].map(([end, count]) => `${end} ${count}`).join(', ');
      found.push([`the index ${kind}`, ended, `${worlds[kind].ends} ${runs}`]);
    }
    return {
      title: 'What is kept and what is taken back',
      how:
        `PostgreSQL ${server.version}, ${runs} runs each: eight hours of load, an approved ` +
        'index, the same hours a day later, and the verdict from the collector’s history; ' +
        'statements really run, 14 of each an hour, and the hours between them pass at once',
      rows: found,
    };
  } finally {
    await server.stop();
  }
}
