import { once } from 'node:events';
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { makeBatch } from '../../test/support/batch.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createFeed } from '../base/feed.ts';
import { silentLogger } from '../base/logger.ts';
import { createFleetTable } from '../fleet/table.ts';
import type { Stop } from '../model/stop.ts';
import { type Caller, tokenHolder } from './caller.ts';
import { type CycleOf, createEventHub, type EventHub, type NewListener } from './event-hub.ts';

/** Over a real connection, with a clock that only moves when it is told to. */
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

interface Heard {
  event: string;
  id?: string;
  data: Record<string, unknown>;
}

async function start(over: Partial<NewListener> = {}) {
  const clock = createFakeClock();
  const table = createFleetTable(clock);
  const cycles = createFeed<CycleOf>();
  const stops: Stop[] = [];
  const hub = createEventHub({
    table,
    cycles,
    clock,
    stops: () => stops,
    boot: 'b',
    replica: 'r',
    version: '1',
    logger: silentLogger,
  });
  const listen = (response: ServerResponse, asked = new URLSearchParams()) =>
    hub.listen({
      response,
      who: asked.get('who') ?? 'api',
      session: asked.get('session') ?? undefined,
      caller: tokenHolder,
      again: async () => tokenHolder,
      topics: new Set(['fleet', 'stops']),
      targets: new Set(['uid-a']),
      since: asked.get('since') ?? undefined,
      ...over,
    });
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    listen(response, new URL(request.url ?? '', 'http://x').searchParams);
  });
  open.push({ close: () => closing(hub, server) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const gone = () => listen(new ServerResponse(new IncomingMessage(new Socket())).destroy());
  return { clock, table, cycles, stops, hub, gone, url: `http://127.0.0.1:${port}/` };
}

async function closing(hub: EventHub, server: Server): Promise<void> {
  await hub.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Reads one message after the other. */
async function listen(url: string) {
  const { body } = await fetch(url);
  const reader = (body as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let text = '';
  return async (): Promise<Heard | 'end'> => {
    while (!text.includes('\n\n')) {
      const { value, done } = await reader.read();
      if (done) return 'end';
      text += value;
    }
    const end = text.indexOf('\n\n');
    const lines = text.slice(0, end).split('\n');
    text = text.slice(end + 2);
    const of = (name: string) =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const id = of('id');
    return {
      event: of('event') ?? '',
      ...(id === undefined ? {} : { id }),
      data: JSON.parse(of('data') ?? '{}'),
    };
  };
}

const named = (name: string, namespace = 'shop') => ({ uid: `uid-${name}`, namespace, name });
const well = { suspend: false, ready: 'True', reason: 'Collecting', updatedAt: 1_700_000_000_000 };

it('says hello, then what changes, once a second', async () => {
  const { table, clock, stops, cycles, url } = await start();
  table.note(named('a'), well);
  const next = await listen(url);
  expect(await next()).toMatchObject({ event: 'hello', id: 'b-1', data: { replica: 'r' } });
  expect(await next()).toMatchObject({ event: 'stops', data: { items: [] } });
  expect(await next()).toMatchObject({ event: 'counts', data: { totals: { targets: 1 } } });
  table.note(named('a'), { ...well, updatedAt: 1_700_000_000_001 });
  table.note(named('b'), well);
  stops.push({ id: 's', scope: { all: true }, reason: 'r', since: 1 });
  await clock.advance(1_000);
  expect(await next()).toMatchObject({ event: 'stops', data: { items: [{ id: 's' }] } });
  const rows = await next();
  expect(rows).toMatchObject({ event: 'rows', id: 'b-3', data: { gone: [] } });
  if (rows !== 'end')
    expect([rows.data['set'], rows.data['figures']]).toMatchObject([
      [expect.arrayContaining(['uid-b'])],
      [expect.arrayContaining([0])],
    ]);
  expect(await next()).toMatchObject({ event: 'counts', data: { totals: { targets: 2 } } });
  const { cycle } = makeBatch({ at: 1 });
  cycles.tell({ uid: 'uid-b', cycle });
  cycles.tell({ uid: 'uid-a', cycle });
  expect(await next()).toMatchObject({ event: 'cycle', data: { target: 'uid-a', cycle } });
  const beats = [];
  for (let i = 0; i < 3; i += 1) {
    await clock.advance(5_000);
    beats.push(await next(), clock.now());
  }
  const [first, firstAt, second, secondAt, third, thirdAt] = beats;
  expect([first, second, third]).toEqual(
    [firstAt, secondAt, thirdAt].map((now) => ({ event: 'beat', data: { now } })),
  );
});

it('goes on from where one was, or says to ask anew', async () => {
  const { table, url } = await start();
  table.note(named('a'), well);
  table.note(named('b'), well);
  const again = await listen(`${url}?since=b-1`);
  expect(await again()).toMatchObject({ event: 'hello', id: 'b-1' });
  const stranger = await listen(`${url}?since=other-7`);
  expect([await stranger(), await stranger()]).toMatchObject([
    { event: 'hello' },
    { event: 'reset', id: 'b-2' },
  ]);
  expect([await again(), await again()]).toMatchObject([
    { event: 'stops' },
    { event: 'rows', data: { set: [expect.arrayContaining(['uid-b'])] } },
  ]);
});

const limited = (namespace: string): Caller => ({
  ...tokenHolder,
  readable: [namespace],
  mayRead: (each) => each === namespace,
});

it('tells nobody of what they may not read, and asks again whether they may', async () => {
  let may: Caller | undefined = limited('billing');
  const { table, clock, url, cycles, stops } = await start({
    caller: limited('billing'),
    again: async () => may,
  });
  table.note(named('a'), well);
  table.note(named('c', 'billing'), well);
  stops.push({ id: 's', scope: { namespaces: ['shop'] }, reason: 'r', since: 1 });
  const next = await listen(`${url}?since=b-0`);
  await next();
  cycles.tell({ uid: 'uid-a', cycle: makeBatch({ at: 1 }).cycle });
  expect([await next(), await next(), await next()]).toMatchObject([
    { event: 'stops', data: { items: [] } },
    { event: 'rows', data: { set: [expect.arrayContaining(['uid-c'])] } },
    { event: 'counts', data: { totals: { targets: 1 } } },
  ]);
  may = undefined;
  for (let i = 0; i < 60; i += 1) await clock.advance(1_000);
  const said = [];
  for (let told = await next(); told !== 'end'; told = await next()) said.push(told.event);
  expect([said.at(-1), said.filter((event) => event !== 'beat')]).toEqual(['bye', ['bye']]);
});

it('who has gone before they listen takes no place', async () => {
  const { hub, gone } = await start();
  for (let i = 0; i < 50; i += 1) gone();
  expect(hub.isFull('api')).toBe(false);
});

it('takes eight of one, and others besides', async () => {
  const { hub, url } = await start();
  for (let i = 0; i < 7; i += 1) await (await listen(url))();
  expect(hub.isFull('api')).toBe(false);
  await (await listen(url))();
  expect([hub.isFull('api'), hub.isFull('maria')]).toEqual([true, false]);
});

it('who signs out hears no more, in that session', async () => {
  const { hub, url } = await start();
  const [one, other] = [await listen(`${url}?session=a`), await listen(`${url}?session=b`)];
  for (let i = 0; i < 3; i += 1) await Promise.all([one(), other()]);
  hub.signedOut('a');
  expect([await one(), await one()]).toMatchObject([
    { event: 'bye', data: { why: 'not-allowed' } },
    'end',
  ]);
  await hub.close();
  expect(await other()).toMatchObject({ event: 'bye', data: { why: 'ends' } });
});

it('ends where nobody can be asked, twice in a row, whether they still may', async () => {
  const answers = ['away', 'may', 'away', 'away'];
  const { clock, url } = await start({
    again: async () => {
      if (answers.shift() === 'away') throw new Error('away');
      return tokenHolder;
    },
  });
  const next = await listen(url);
  for (let i = 0; i < 180; i += 1) await clock.advance(1_000);
  expect(answers).toHaveLength(1);
  for (let i = 0; i < 60; i += 1) await clock.advance(1_000);
  const said: Heard[] = [];
  for (let told = await next(); told !== 'end'; told = await next()) said.push(told);
  expect(said.filter(({ event }) => event === 'bye')).toMatchObject([{ data: { why: 'ends' } }]);
});

it('takes no more than its limit, and says good-bye at the end', async () => {
  const { hub, url } = await start();
  const next = await listen(url);
  await next();
  for (let i = 1; i < 50; i += 1) await (await listen(`${url}?who=${i}`))();
  expect(hub.isFull('somebody')).toBe(true);
  await hub.close();
  expect([await next(), await next()]).toMatchObject([{ event: 'stops' }, { event: 'counts' }]);
  expect([await next(), await next()]).toMatchObject([
    { event: 'bye', data: { why: 'ends' } },
    'end',
  ]);
});
