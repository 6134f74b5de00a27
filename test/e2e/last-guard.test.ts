import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { manifest, type Standalone, startStandalone } from '../support/program.ts';
import { startProxy } from '../support/proxy.ts';
import { prepareServer } from '../support/target.ts';

/**
 * What a library throws from an event of its own is the failure of the target that it works for;
 * what belongs to nobody is survived, until it repeats.
 */
let server: PostgresServer;
let program: Standalone | undefined;
const options = `--import ${fileURLToPath(new URL('../support/throwing.ts', import.meta.url))}`;
beforeAll(async () => {
  server = await startPostgres();
  await prepareServer(server);
});
afterEach(() => program?.remove());
afterAll(() => server.stop());

interface Entry {
  status?: {
    lastCycle?: { outcome: string; reason?: string };
    conditions?: { type: string; reason: string }[];
  };
}
const statusOf = async (which: Standalone, name: string) =>
  ((await which.get(`/api/v1/targets/shop/${name}`)).body as Entry).status;

it('the target is named, its circuit opens, others go on', async () => {
  const proxy = await startProxy(server);
  program = await startStandalone(
    {
      'good.yaml': manifest({ port: server.port, name: 'good' }),
      'bad.yaml': manifest({ port: proxy.port, name: 'bad' }),
    },
    { NODE_OPTIONS: options, THROW_ON_PORT: String(proxy.port) },
  );
  const running = program;
  const told = async () =>
    running
      .log()
      .split('\n')
      .find((line) => line.includes('"library_fault"') && line.includes('where nobody catches'));
  expect(await until(told, 60_000, `the fault is told: ${running.log()}`)).toContain('shop/bad');
  await until(
    async () => (await statusOf(running, 'good'))?.lastCycle?.outcome === 'collected',
    60_000,
    `good is collected: ${running.log()}`,
  );
  await until(
    async () => JSON.stringify(await statusOf(running, 'bad')).includes('CircuitOpen'),
    60_000,
    `its circuit opens: ${running.log()}`,
  );
  expect(JSON.stringify(await statusOf(running, 'good'))).not.toContain('CircuitOpen');
  await proxy.close();
});

it.each([
  [2, false],
  [3, true],
])('%s that belong to nobody within a minute: ended %s', async (count, ends) => {
  program = await startStandalone({}, { NODE_OPTIONS: options, THROW_STRAYS: String(count) });
  const running = program;
  const told = () => running.log().split('for no target').length - 1;
  const gone = running.kill('SIGUSR2');
  await until(async () => told() >= count, 60_000, `all are told: ${running.log()}`);
  if (ends) expect(await gone).toBe(3);
  else expect((await fetch(`${running.probes}/readyz`)).status).toBe(200);
});
