import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { AppError } from '../../base/errors.ts';
import type { Row } from '../row.ts';
import type { Connection } from './connection.ts';
import type { TextsMemory } from './notes.ts';
import { readTexts, type TextPlace } from './texts.ts';

const text = (bytes: number, total = bytes): Row[] => [
  {
    id: '1/2/3',
    total: String(total),
    bytes: String(bytes),
    encoding: 'UTF8',
    text: Buffer.from('SELECT 1').toString('hex'),
  },
];
const refusedBy = (code: string) =>
  new AppError('internal', 'x', { cause: Object.assign(new Error('x'), { code }) });

/** A database that answers every query with these rows, or this error, in order. */
function place(...answers: (Row[] | Error | Promise<Row[]>)[]): TextPlace {
  const enclosed = async () => {
    const answer = answers.shift() ?? [];
    if (answer instanceof Error) throw answer;
    return [await answer];
  };
  return {
    connection: { enclosed } as unknown as Connection,
    extension: { schema: 'public', version: '1.11' },
    encoding: 'UTF8',
  };
}

function reading(home: TextPlace, memory: Partial<TextsMemory> = {}, elsewhere?: TextPlace) {
  const clock = createFakeClock();
  const notes: { texts: TextsMemory } = { texts: { until: 0, failures: 0, ...memory } };
  const limits = { maySeeSize: false, timeout_ms: 100, textLimit: 1_000, fileLimit: 1_000_000 };
  const reads = { ...limits, home, clock, notes, elsewhere: async () => elsewhere };
  return { clock, notes, read: () => readTexts(['1/2/3'], reads) };
}

describe('what reading the texts was like', () => {
  it('is nothing to speak of where it went well', async () => {
    const { notes, read } = reading(place(text(8)), { failures: 3, code: 'text_unreadable' });
    const { texts, otherwise } = await read();
    expect([texts.get('1/2/3'), otherwise]).toEqual([{ text: 'SELECT 1', bytes: 8 }, undefined]);
    expect(notes.texts).toMatchObject({ bytes: 8, failures: 0 });
    expect(notes.texts.code).toBeUndefined();
  });

  it(
    'is known while they are read, should the cycle be stopped before they ' + 'have come',
    async () => {
      const { notes, clock, read } = reading(place(new Promise<Row[]>(() => undefined)));
      void read();
      await Promise.resolve();
      expect(notes.texts).toMatchObject({ code: 'texts_too_large', failures: 1 });
      expect(notes.texts.until - clock.now()).toBe(3_600_000);
    },
  );

  it('is forgotten where it was the connection that failed', async () => {
    const { notes, read } = reading(place(new AppError('connection_failed', 'gone')));
    await expect(read()).rejects.toMatchObject({ code: 'connection_failed' });
    expect(notes.texts).toEqual({ until: 0, failures: 0 });
  });

  it('keeps them from being read for longer and longer', async () => {
    const { notes, clock, read } = reading(place(refusedBy('57014'), refusedBy('57014')));
    expect((await read()).otherwise?.code).toBe('texts_too_large');
    notes.texts = { ...notes.texts, until: 0 };
    await read();
    expect(notes.texts.until - clock.now()).toBe(7_200_000);
    expect((await read()).otherwise?.code).toBe('texts_too_large');
  });

  it('is said where they are too many, though they came', async () => {
    const { notes, read } = reading(place(text(8, 2_000_000)));
    expect((await read()).texts.size).toBe(1);
    expect(notes.texts).toMatchObject({ code: 'texts_too_large', bytes: 2_000_000 });
  });
});

describe('a text that cannot be converted', () => {
  const unreadable = refusedBy('22021');
  const name = [{ name: Buffer.from('ascii').toString('hex') }];

  it('sends to another database, and there the next time at once', async () => {
    const { notes, read } = reading(place(unreadable, name), {}, place(text(8), text(8)));
    expect((await read()).texts.size).toBe(1);
    expect(notes.texts.database).toBe('ascii');
    expect((await read()).texts.size).toBe(1);
  });

  it('there as well sends home again, and is forgotten', async () => {
    const home = place(unreadable, name);
    const { notes, read } = reading(home, { database: 'ascii' }, place(unreadable, unreadable));
    expect((await read()).otherwise?.code).toBe('text_unreadable');
    expect(notes.texts.database).toBeUndefined();
  });
});
