import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createTroubleTeller } from './trouble-teller.ts';

function start() {
  const clock = createFakeClock();
  const lines: string[] = [];
  const note = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${'status' in fields ? fields.status : ''} ${message}`);
  const logger = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
  };
  return { clock, lines, teller: createTroubleTeller('targets', { clock, logger }) };
}

it('tells a watch that ends again and again once, then every ten minutes, and that it is over', async () => {
  const { clock, lines, teller } = start();
  for (let failures = 0; failures < 300; failures += 1) {
    teller.ended({ status: 404, reason: 'not found' }, failures);
    await clock.advance(3_000);
  }
  expect(lines).toEqual([
    'info 404 the watch ended; trying again',
    'warn 404 the watch ends each time; trying on',
    'warn 404 the watch ends each time; trying on',
  ]);
  teller.tells();
  teller.tells();
  expect(lines.slice(3)).toEqual(['info  the watch tells again']);
});

it('tells another cause at once; a first end that is followed by events is no trouble', () => {
  const { lines, teller } = start();
  teller.ended({ status: undefined, reason: 'cut' }, 0);
  teller.tells();
  teller.ended({ status: 404, reason: 'not found' }, 1);
  teller.ended({ status: 403, reason: 'forbidden' }, 2);
  teller.ended({ status: 403, reason: 'forbidden' }, 3);
  expect(lines.slice(1)).toEqual([
    'warn 404 the watch ends each time; trying on',
    'warn 403 the watch ends each time; trying on',
  ]);
});
