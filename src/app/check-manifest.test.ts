import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { makeTarget } from '../../test/support/target.ts';
import { systemClock } from '../base/node/clock.ts';
import { createEngines } from '../engines/index.ts';
import type { CheckLine } from '../http/answers/check.ts';
import type { Stop } from '../model/stop.ts';
import { checkManifest } from './check-manifest.ts';

const gold = { selector: { matchLabels: { tier: 'gold' } } };

it.each<[string, Stop['scope']]>([
  ['of everything', { all: true }],
  ['of labels that what runs there has and the manifest has not', gold],
])('ends within two seconds of a stop %s, whatever the server does', async (_, scope) => {
  // It takes connections and says nothing; that we cut them is what is wanted.
  const mute = createServer((socket) => socket.on('error', () => socket.destroy()));
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const target = makeTarget({ port: (mute.address() as AddressInfo).port });
  const stop: Stop = { id: 's', scope, reason: 'incident 4711', since: 1 };
  let runs = [{ ...target, labels: {} }];
  const stops: Stop[] = [];
  const lines: CheckLine[] = [];
  const logger = { ...console, child: () => logger } as never;
  const ports = {
    engines: createEngines(),
    clock: systemClock,
    random: { next: () => 0.5 } as never,
    logger,
  };
  const store = { credentials: async () => ({ username: 'dbintel', password: 'x' }) as never };
  const tell = (line: CheckLine) => void lines.push(line);
  const { signal } = new AbortController();
  const done = checkManifest(
    { ports, store, stops: () => stops, kin: async () => () => runs },
    target,
    tell,
    signal,
  );
  await expect.poll(() => lines.at(-1)?.step).toBe('credentials');
  stops.push(stop);
  runs = [{ ...target, labels: { tier: 'gold' } }];
  const began = performance.now();
  await done;
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(lines.at(-1)).toMatchObject({
    step: 'failed',
    code: 'emergency_stop',
    message: expect.stringContaining('incident 4711'),
  });
  mute.close();
});
