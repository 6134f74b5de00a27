import { say } from '../support/postgres-server.ts';
import type { World } from './case.ts';
import { fixListing, fixTable } from './fix-tables.ts';
import { judgedAgain, keepResults, readResults, resultsFolder } from './kept-results.ts';
import { listing } from './listing.ts';
import { writePage } from './page.ts';
import { play } from './play.ts';
import type { CaseResult, ServerName } from './result.ts';
import { byDefect, byRule, byServer, counted } from './tables.ts';
import { wantedOf } from './wanted.ts';
import { worlds } from './worlds/worlds.ts';

/** `make accuracy`: the set on real servers, by the product, scored. README.md has variables. */
const { env } = process;
/** As many as a small machine has cores: what is measured should not wait for what is not. */
const together = Number(env['JOBS'] ?? 2);
// Servers and folders go with the process, and that only where it ends by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const wanted = wantedOf(env, worlds);
const began = performance.now();
const results = env['RULES'] === 'only' ? again() : await played();
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
for (const heldOut of [false, true]) {
  const half = results.filter((each) => each.heldOut === heldOut);
  if (half.length === 0) continue;
  const title = heldOut ? 'held out' : 'building';
  // What is held out is held out from whoever builds rules, too.
  if (!heldOut || env['SHOW'] === 'held-out') {
    const lines = listing(half, wanted.some);
    lines.push(...fixListing(half));
    if (lines.length) console.log(`\n${lines.join('\n')}`);
    console.log(`\nBy kind of defect, ${title}\n\n${byDefect(half)}`);
  }
  console.log(`\nBy rule, ${title}\n\n${byRule(half)}`);
  console.log(`\n${title}\n\n${byServer(half)}\n\n${counted(half)}`);
  if (half.some(({ fixes }) => fixes)) console.log(`\nFixes, ${title}\n\n${fixTable(half)}`);
}
if (wanted.all) say(`wrote ${writePage(results, env['RULES'] === 'only' ? undefined : minutes)}`);
say(`${results.length} cases in ${minutes} min; everything about them: ${resultsFolder}`);
const broken = results.filter(({ outcome }) => outcome.kind === 'broken');
if (broken.length) {
  say(`${broken.length} cases do not run`);
  process.exitCode = 1;
}

function again(): CaseResult[] {
  const kept = wanted.servers.flatMap((server) =>
    wanted.worlds.flatMap(({ name }) => readResults(server, name)),
  );
  if (kept.length === 0) throw new Error('nothing was collected yet: once without RULES=only');
  return judgedAgain(kept.filter(({ case: id }) => wanted.isWanted(id)));
}

/** Running them tells nothing of rules that are not held out from whoever builds them. */
function withFixes({ heldOut }: World): boolean {
  return !heldOut && (wanted.all || env['FIXES'] === 'run');
}

async function played(): Promise<CaseResult[]> {
  const jobs = wanted.worlds.flatMap((world) =>
    wanted.servers.map((server): [ServerName, World] => [server, world]),
  );
  const done: CaseResult[] = [];
  const failed: [ServerName, World][] = [];
  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const [server, world] = job;
      const started = performance.now();
      const played = await play(server, world, wanted.isWanted, withFixes(world)).catch(
        (error: unknown) => {
          say(`${server} ${world.name} failed: ${String(error)}`);
          failed.push(job);
          return [];
        },
      );
      if (failed.includes(job)) continue;
      keepResults(server, world.name, played, wanted.some);
      done.push(...played);
      const took_s = ((performance.now() - started) / 1_000).toFixed(0);
      say(`${server} ${world.name}: ${played.length} cases in ${took_s} s; ${jobs.length} to go`);
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  if (failed.length) {
    // A machine that is busy with other things can be too slow for a server to start.
    say('once more, what failed');
    jobs.push(...failed.splice(0));
    await worker();
  }
  for (const [server, { name }] of failed) say(`not run: ${server} ${name}`);
  if (failed.length) process.exitCode = 1;
  return done;
}
