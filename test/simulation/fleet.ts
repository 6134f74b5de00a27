import { type SimReplica, startReplica } from './replica.ts';
import type { World } from './world.ts';

/** The replicas of one run, and what is told of what happens to them. */
export interface SimFleet {
  world: World;
  replicas: SimReplica[];
  living(): SimReplica[];
  start(): void;
  /** One of those that live. */
  anyone(): SimReplica;
  pick<T>(list: readonly T[]): T;
  /** For whoever reads the story of a seed. */
  say(what: string): void;
  /** For so long, what is promised of take-overs is not: Redis is away, or nobody can act. */
  disturb(ms: number): void;
  run: {
    story: string[];
    disturbedUntil: number;
    crashes: number;
    /** Milliseconds from a crash until all its shards were somebody's. */
    takeOvers: number[];
    /** A cadence is handed over as a time of day: machines that do not agree on it begin anew. */
    clocksDiffer: boolean;
  };
}

export function createSimFleet(world: World): SimFleet {
  const { time, random } = world;
  const began = time.now;
  const replicas: SimReplica[] = [];
  const run: SimFleet['run'] = {
    story: [],
    disturbedUntil: Number.NEGATIVE_INFINITY,
    crashes: 0,
    takeOvers: [],
    clocksDiffer: false,
  };
  const living = () => replicas.filter(({ process }) => process.alive);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;
  return {
    world,
    replicas,
    living,
    start: () => void replicas.push(startReplica(world, `r${replicas.length}`)),
    anyone: () => pick(living()),
    pick,
    say: (what) => void run.story.push(`${((time.now - began) / 1_000).toFixed(1)} s ${what}`),
    disturb(ms) {
      run.disturbedUntil = Math.max(run.disturbedUntil, time.now + ms);
    },
    run,
  };
}
