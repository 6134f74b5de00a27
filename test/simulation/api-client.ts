import type { Random } from '../../src/base/random.ts';
import type { WatchEvent } from '../../src/kubernetes/api-object.ts';
import { callUntilAnswered } from '../../src/kubernetes/call-until-answered.ts';
import type { KubeClient, KubeRequest } from '../../src/kubernetes/kube-client.ts';
import { KubeError, kubeError } from '../../src/kubernetes/kube-error.ts';
import { targetsPath } from './api-server.ts';
import type { SimProcess } from './sim-clock.ts';
import type { World } from './world.ts';

/** A replica's way to the API server: its requests and watches over the simulated network. */
export interface SimClient {
  client: KubeClient;
  /** Since its watch of targets last told something, milliseconds. */
  silent_ms(): number;
  /** The highest epoch that it was ever told of the target. */
  toldEpoch(uid: string): number;
}

interface Memory {
  heardAt: number;
  epochs: Map<string, number>;
}

const bookmark_ms = 10_000;
const deliveryLimit_ms = 200;

export function createSimClient(world: World, process: SimProcess, name: string): SimClient {
  const { clock } = process;
  const random: Random = world.random;
  const memory: Memory = { heardAt: clock.monotonic(), epochs: new Map() };
  const attempt = async (request: Pick<KubeRequest, 'path'> & Partial<KubeRequest>) => {
    const ask = () => world.api.handle({ method: 'GET', ...request });
    const reachable = () => !world.faults.apiDown;
    try {
      const answer = await world.rpc(process, reachable, ask);
      note(memory, answer);
      return { kind: 'answer' as const, answer };
    } catch (error) {
      const lost = () => kubeError(request.path, 0, { message: 'no answer' });
      return { kind: 'failure' as const, error: error instanceof KubeError ? error : lost() };
    }
  };
  return {
    silent_ms: () => clock.monotonic() - memory.heardAt,
    toldEpoch: (uid) => memory.epochs.get(uid) ?? 0,
    client: {
      server: 'https://simulated',
      authority: 'simulated',
      namespace: 'default',
      call: async <T>(request: KubeRequest) =>
        (await callUntilAnswered(() => attempt(request), request, { clock, random })) as T,
      async *watch(path, query, silence_ms, signal) {
        const opened = await attempt({ path });
        if (opened.kind === 'failure') throw opened.error;
        const events = openWatch(world, process, name, path, Number(query['resourceVersion']));
        try {
          for (;;) {
            const event = await events.next(silence_ms, signal);
            if (path === targetsPath) memory.heardAt = clock.monotonic();
            note(memory, event.object);
            yield event;
          }
        } finally {
          events.close();
        }
      },
      close: async () => undefined,
    },
  };
}

/** Of one object or of a list of them. */
function note(memory: Memory, answer: unknown): void {
  const { items, metadata, status } = (answer ?? {}) as {
    items?: unknown[];
    metadata?: { uid?: string };
    status?: { ownership?: { epoch: number } };
  };
  for (const item of items ?? []) note(memory, item);
  const [uid, epoch] = [metadata?.uid, status?.ownership?.epoch];
  if (uid !== undefined && epoch !== undefined)
    memory.epochs.set(uid, Math.max(epoch, memory.epochs.get(uid) ?? 0));
}

/** Events come in their order, some time later, and not while the watch is cut. */
function openWatch(world: World, process: SimProcess, name: string, path: string, from: number) {
  const { clock } = process;
  const inbox: WatchEvent[] = [];
  let [version, open, pending] = [from, true, false];
  let wake: () => void = () => undefined;
  const cut = () => world.cut.watch.has(name) || world.faults.apiDown;
  const receive = (events: readonly WatchEvent[]) =>
    process.deliver(() => {
      inbox.push(...events);
      wake();
    });
  const soon = () => {
    if (!pending) world.time.at(world.between(0, deliveryLimit_ms), pump);
    pending = true;
  };
  const pump = () => {
    pending = false;
    if (!open || !process.alive) return;
    if (cut()) return soon();
    const events = world.api.changesSince(path, version);
    version = world.api.version;
    if (events.length) receive(events);
  };
  const bookmark = () => {
    if (!open || !process.alive) return;
    const object = { metadata: { resourceVersion: String(version) } };
    if (!cut()) receive([{ type: 'BOOKMARK', object }]);
    world.time.at(bookmark_ms, bookmark);
  };
  const unfollow = world.api.follow(path, soon);
  soon();
  world.time.at(bookmark_ms, bookmark);
  return {
    async next(silence_ms: number, signal: AbortSignal): Promise<WatchEvent> {
      for (let event = inbox.shift(); ; event = inbox.shift()) {
        if (event) return event;
        const waiting = new AbortController();
        const end = () => waiting.abort();
        wake = end;
        signal.addEventListener('abort', end, { once: true });
        const silent = await clock.sleep(silence_ms, waiting.signal).then(
          () => true,
          () => false,
        );
        signal.removeEventListener('abort', end);
        if (signal.aborted) throw signal.reason;
        if (silent) throw kubeError(`WATCH ${path}`, 0, { message: 'nothing came' });
      }
    },
    close() {
      open = false;
      unfollow();
    },
  };
}
