import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, say } from '../support/postgres-server.ts';
import type { World } from './case.ts';
import { engineOf, type ServerName } from './result.ts';

/**
 * Data folders of servers that hold a world, outside the checkout: made once, and anew when the
 * world's statements or how it is loaded change.
 */
export interface KeepableServer {
  folder: string;
  halt(): Promise<void>;
  stop(): Promise<void>;
}

export interface Making<S extends KeepableServer> {
  start(dataFrom?: string): Promise<S>;
  /** Loads the world into the database of that name. */
  load(server: S, world: World, origin: string): Promise<void>;
}

const room = join(cacheFolder, 'accuracy', 'data');

export async function keptData<S extends KeepableServer>(
  name: ServerName,
  world: World,
  { start, load }: Making<S>,
): Promise<{ server: S; origin: string }> {
  const origin = world.name.replaceAll('-', '_');
  const kept = join(room, `${name}-${world.name}-${hashOf(name, world, load)}`);
  if (existsSync(kept)) {
    const now = new Date();
    utimesSync(kept, now, now);
    return { server: await start(kept), origin };
  }
  const began = performance.now();
  const server = await start();
  try {
    await load(server, world, origin);
    await server.halt();
    keep(join(server.folder, 'data'), kept);
  } finally {
    await server.stop();
  }
  const took_s = ((performance.now() - began) / 1_000).toFixed(0);
  say(`${name}: loaded ${world.name} in ${took_s} s, kept in ${kept}`);
  forget(`${name}-${world.name}-`);
  return { server: await start(kept), origin };
}

const hashOf = (name: ServerName, world: World, load: (...of: never[]) => unknown) =>
  createHash('sha256')
    .update(JSON.stringify([world.load(engineOf(name)), load.toString()]))
    .digest('hex')
    .slice(0, 12);

/** Another run may be making the same one: what is there first stays. */
function keep(data: string, kept: string): void {
  mkdirSync(room, { recursive: true });
  const part = `${kept}.part-${process.pid}`;
  cpSync(data, part, { recursive: true, preserveTimestamps: true });
  if (existsSync(kept)) rmSync(part, { recursive: true });
  else renameSync(part, kept);
}

/** Another checkout may have other worlds; what nobody used for so long is nobody's. */
const unused_ms = 6 * 3_600_000;

function forget(prefix: string): void {
  for (const name of readdirSync(room).filter((each) => each.startsWith(prefix))) {
    const folder = join(room, name);
    if (Date.now() - statSync(folder).mtimeMs > unused_ms) rmSync(folder, { recursive: true });
  }
}
