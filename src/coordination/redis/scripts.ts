import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Connection } from './connect.ts';

/**
 * A Lua script, known to the server by its hash and sent whole when the server does not know it
 * (yet, or after a restart).
 */
export interface Script {
  run(
    connection: Connection,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown>;
}

const read = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');

function createScript(text: string): Script {
  const hash = createHash('sha1').update(text).digest('hex');
  return {
    async run(connection, keys, args) {
      const rest = [...keys, ...args];
      try {
        return await connection.evalsha(hash, keys.length, ...rest);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return connection.eval(text, keys.length, ...rest);
      }
    },
  };
}

const lease = (name: string) => createScript(read('common') + read(name));

export const scripts = {
  open: lease('open'),
  renew: lease('renew'),
  poll: lease('poll'),
  survey: lease('survey'),
  claim: lease('claim'),
  release: lease('release'),
  end: lease('end'),
  save: createScript(read('save')),
  flags: createScript(read('flags')),
  mark: createScript(read('mark')),
  turn: createScript(read('turn')),
  endTurn: createScript(read('end-turn')),
};
