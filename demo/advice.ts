import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { formatCost, formatMs } from '../src/base/quantity.ts';
import type { Plan, PlanNode } from '../src/model/plan.ts';
import type { Proposal, StoredProposal } from '../src/model/proposal.ts';

/**
 * From what has been collected to an index that helps, as a person would go: advice is asked for,
 * read, approved by its hash, carried out by a role that owns the table; and then the running
 * program explains the statement anew, and its plan is another.
 */
export interface AdviceScene {
  /** Of the demo: `targets` and `data` are in it. */
  folder: string;
  api: string;
  /** Aborted when what answers there has ended. */
  over: AbortSignal;
  /** Owns the tables; the collector cannot build anything. */
  owner: string;
  /** Pages can be opened afterwards. */
  goesOn: boolean;
}

interface Cycle {
  startedAt: number;
  top: { fingerprint: string; meanMs: number; plan?: string }[];
}

const cyclesPath = '/api/v1/targets/demo/shop/cycles';

interface Seen {
  mean_ms: number;
  plan: Plan;
}

/** What a cycle measures began with the one before: so much of it may be without the index. */
const mixed_ms = 1_000;
const program = join(dirname(fileURLToPath(import.meta.url)), '../bin/dbintel');
const paint = (text: string, code: number) =>
  process.stdout.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = (text: string) => paint(text, 1);

export async function adviseAndApply(scene: AdviceScene): Promise<void> {
  const [targets, data] = [join(scene.folder, 'targets'), join(scene.folder, 'data')];
  const { over } = scene;
  const kept = ['--data', data];
  await command('advise shop.yaml', ['advise', join(targets, 'shop.yaml'), ...kept], over);
  const best = await bestOf(scene);
  const [effect] = best?.evidence.statements ?? [];
  if (!best || !effect) return;
  const before = await see(scene, effect.fingerprint);
  const { id, contentHash } = best;
  const approve = ['approve', id, '--hash', contentHash, ...kept];
  await command(`approve ${id} --hash ${contentHash.slice(0, 15)}…`, approve, over);
  const credentials = ['--credentials', ownerFolder(scene), '--targets', targets];
  const apply = ['apply', id, ...credentials, ...kept];
  await command(`apply ${id} --credentials owner`, apply, over);
  const { state } = await ask<StoredProposal>(scene, `/api/v1/advice/${id}`);
  console.log('\nthe next cycle explains its statements anew, and measures them …');
  await cyclesAfter(scene, state.since - mixed_ms, 2);
  const after = await see(scene, effect.fingerprint);
  console.log(`\n${bold(best.apply[0] ?? '')}`);
  console.log(`  ${effect.text?.replaceAll(/\s+/g, ' ')}`);
  if (before) console.log(`  before  ${seenLine(before)}`);
  if (after) console.log(`  after   ${seenLine(after)}`);
  console.log(
    `  now     ${state.phase}: ${state.outcome}. Kept or taken back is decided after a day, from ` +
      'what it did.\n',
  );
  if (scene.goesOn) console.log(`${scene.api}/ui/advice/${id}#token=${tokenOf(scene)}`);
}

/** What saves most. */
async function bestOf(scene: AdviceScene): Promise<Proposal | undefined> {
  const { items } = await ask<{ items: Proposal[] }>(scene, '/api/v1/advice');
  return items.find(({ change }) => change.kind === 'create-index');
}

async function see(scene: AdviceScene, fingerprint: string): Promise<Seen | undefined> {
  const { items } = await ask<{ items: Cycle[] }>(scene, cyclesPath);
  const newest = items.toSorted((a, b) => b.startedAt - a.startedAt)[0];
  const top = newest?.top.find((each) => each.fingerprint === fingerprint);
  if (!top?.plan) return undefined;
  const at = `/api/v1/targets/demo/shop/plans/${fingerprint}/${top.plan}`;
  return { mean_ms: top.meanMs, plan: (await ask<{ plan: Plan }>(scene, at)).plan };
}

const seenLine = ({ mean_ms, plan }: Seen): string =>
  `${formatMs(mean_ms).padStart(7)} a call   ` +
  `cost ${formatCost(plan.totals.estCost).padStart(6)}   ` +
  wayOf(plan.root).join(' ← ');

/** From the answer down to what is read first. */
function wayOf(node: PlanNode): string[] {
  const on = node.index?.name ?? node.relation?.name;
  const [first] = node.children;
  return [on ? `${node.nativeOp} ${on}` : node.nativeOp, ...(first ? wayOf(first) : [])];
}

function ownerFolder({ folder, owner }: AdviceScene): string {
  const at = join(folder, 'owner');
  mkdirSync(at, { mode: 0o700 });
  writeFileSync(join(at, 'username'), owner, { mode: 0o600 });
  // It may come in without one.
  writeFileSync(join(at, 'password'), 'none', { mode: 0o600 });
  return at;
}

type Answering = Pick<AdviceScene, 'api' | 'folder' | 'over'>;

/** Resolves when so many cycles that began after that time have ended. */
export async function cyclesAfter(scene: Answering, since: number, count: number): Promise<void> {
  for (;;) {
    const nothing = { items: [] as Cycle[] };
    // Until it listens.
    const cycles = await ask<typeof nothing>(scene, cyclesPath).catch(() => nothing);
    if (cycles.items.filter(({ startedAt }) => startedAt > since).length >= count) return;
    await setTimeout(200, undefined, { signal: scene.over });
  }
}

const mostAsking_ms = 30_000;

const tokenOf = ({ folder }: Pick<AdviceScene, 'folder'>) =>
  readFileSync(join(folder, 'data/api-token'), 'utf8').trim();

async function ask<T>(scene: Answering, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${tokenOf(scene)}` };
  const signal = AbortSignal.any([scene.over, AbortSignal.timeout(mostAsking_ms)]);
  const answer = await fetch(`${scene.api}${path}`, { headers, signal });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function command(shown: string, args: string[], over: AbortSignal): Promise<void> {
  over.throwIfAborted();
  console.log(`\n$ dbintel ${shown}`);
  const child = spawn(program, args, { stdio: 'inherit' });
  const end = () => void child.kill('SIGTERM');
  over.addEventListener('abort', end);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('exit', (...ended) => resolve(ended)),
  );
  over.removeEventListener('abort', end);
  if (code === null) console.log(`it was ended by ${signal}`);
}
