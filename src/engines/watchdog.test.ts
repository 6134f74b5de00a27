import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { AppError } from '../base/errors.ts';
import { type Connection, NotBegun } from './connection.ts';
import { LostAtWork, tell, underWatch } from './watchdog.ts';

function connection(usable = true) {
  const cut: string[] = [];
  return {
    usable,
    lost: new Promise<void>(() => undefined),
    end: async () => undefined,
    cut,
    destroy: () => void cut.push('cut'),
  } satisfies Connection & { cut: string[] };
}

function watch({ usable = true } = {}) {
  const [clock, stop, log] = [createFakeClock(), new AbortController(), [] as string[]];
  const work = Promise.withResolvers<string>();
  const watched = {
    control: connection(usable),
    worker: connection(),
    timeout_ms: 100,
    clock,
    signal: stop.signal,
  };
  const step = (name: string) => () => void log.push(`${name} at ${clock.monotonic() - begun}`);
  const begun = clock.monotonic();
  const watching = underWatch(work.promise, watched, {
    late: [
      [-25, step('look')],
      [50, step('cancel')],
      [200, step('cut')],
    ],
    stopped: [
      [0, step('stop')],
      [50, step('cut')],
    ],
  });
  watching.catch(() => undefined);
  return { clock, stop, log, work, watching };
}

describe('a statement under watch', () => {
  it('that ends in time is left alone', async () => {
    const { clock, log, work, watching } = watch();
    await clock.advance(60);
    work.resolve('plan');
    expect(await watching).toBe('plan');
    await clock.advance(1_000);
    expect(log).toEqual([]);
  });

  it('that is late is ended step by step, and says so', async () => {
    const { clock, log, work, watching } = watch();
    await clock.advance(150);
    expect(log).toEqual(['look at 75', 'cancel at 150']);
    work.reject(new AppError('connection_failed', 'gone'));
    await expect(watching).rejects.toMatchObject({ code: 'statement_timeout' });
    await clock.advance(1_000);
    expect(log).toHaveLength(2);
  });

  it('that fails before its time fails for its own reason', async () => {
    const { clock, work, watching } = watch();
    await clock.advance(80); // looked at, not ended
    work.reject(new AppError('undefined_relation', 'x'));
    await expect(watching).rejects.toMatchObject({ code: 'undefined_relation' });
  });

  it('whose watcher is gone was not ended by us', async () => {
    const { clock, work, watching } = watch({ usable: false });
    await clock.advance(150);
    work.reject(new AppError('connection_failed', 'gone'));
    await expect(watching).rejects.toMatchObject({ code: 'connection_failed' });
  });

  it('with which the connection goes was lost at work, but where it had not begun, or was told why', async () => {
    const failed = async (error: AppError) => {
      const { work, watching } = watch();
      work.reject(error);
      return watching.catch((reason: unknown) => reason instanceof LostAtWork);
    };
    expect(await failed(new AppError('connection_failed', 'gone'))).toBe(true);
    expect(await failed(new NotBegun())).toBe(false);
    const shutdown = { cause: Object.assign(new Error('x'), { errno: 1053 }) };
    expect(await failed(new AppError('connection_failed', 'x', shutdown))).toBe(false);
  });

  it('is ended at once by a stop, whose reason it gives', async () => {
    const { clock, stop, log, work, watching } = watch();
    await clock.advance(10);
    stop.abort(new AppError('emergency_stop', 'halt'));
    await clock.advance(50);
    expect(log).toEqual(['stop at 10', 'cut at 60']);
    work.reject(new AppError('statement_timeout', 'x'));
    await expect(watching).rejects.toMatchObject({ code: 'emergency_stop', message: 'halt' });
  });
});

describe('telling the server', () => {
  it('goes through the control connection; unheard, the engine says what then', async () => {
    const [control, worker, unheard] = [connection(), connection(), [] as string[]];
    const send = async () => {
      throw new AppError('statement_timeout', 'x');
    };
    tell({ control, worker }, send, () => void unheard.push('unheard'))();
    await new Promise((done) => setImmediate(done));
    expect([unheard, worker.cut]).toEqual([['unheard'], []]);
  });
  it('where nobody listens any more, the statement’s connection is cut', () => {
    const [control, worker] = [connection(false), connection()];
    tell(
      { control, worker },
      async () => expect.fail('sent'),
      () => undefined,
    )();
    expect(worker.cut).toEqual(['cut']);
  });
});
