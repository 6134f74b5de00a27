import { nextFor_ms } from '../memory/turns.ts';
import type { StateBackend } from '../state-backend.ts';
import type { Ask } from './ask.ts';
import type { Connection } from './connect.ts';
import { scripts } from './scripts.ts';

/** Names with their holders, each for a while; and turns, which go round. */
export interface RedisMarksDeps {
  connection: Connection;
  keyPrefix: string;
  ask: Ask;
}

export function createRedisMarks({
  connection,
  keyPrefix,
  ask,
}: RedisMarksDeps): Pick<StateBackend, 'mark' | 'takeTurn' | 'endTurn'> {
  const keyOf = (name: string) => `${keyPrefix}:mark:${name}`;
  const turnOf = (name: string) => keyOf(`turn:${name}`);
  return {
    async mark(name, holder, ttl_ms, gone = '') {
      const args = [holder, ttl_ms, gone];
      return other(await ask('mark', () => scripts.mark.run(connection, [keyOf(name)], args)));
    },
    async takeTurn(name, holder, ttl_ms) {
      const args = [holder, ttl_ms, nextFor_ms];
      return other(await ask('turn', () => scripts.turn.run(connection, [turnOf(name)], args)));
    },
    async endTurn(name, holder) {
      await ask('turn', () => scripts.endTurn.run(connection, [turnOf(name)], [holder]));
    },
  };
}

/** Who has it instead. */
const other = (answer: unknown): string | undefined =>
  typeof answer === 'string' ? answer : undefined;
