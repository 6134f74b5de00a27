import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.ts';
import { createReplyCounter, replyLimits } from './reply-limits.ts';

const random = seededRandom(7);
const below = (limit: number) => Math.floor(random.next() * limit);

/** Any reply of a server, up to `depth` lists in lists. */
function reply(depth: number): string {
  const text = 'x\r\n$5*'.repeat(below(40));
  const some = (count: number) => Array.from({ length: count }, () => reply(depth - 1)).join('');
  const count = below(5);
  switch (below(depth > 0 ? 12 : 8)) {
    case 0:
      return '+OK\r\n';
    case 1:
      return ':-17\r\n';
    case 2:
      return '-ERR no such\r\n';
    case 3:
      return '_\r\n';
    case 4:
      return '#t\r\n';
    case 5:
      return ',1.5e3\r\n';
    case 6:
      return '$-1\r\n';
    case 7:
      return `$${text.length}\r\n${text}\r\n`;
    case 8:
      return `%${count}\r\n${some(2 * count)}`;
    case 9:
      return `~${count}\r\n${some(count)}`;
    case 10:
      return `*3\r\n+message\r\n${some(2)}`;
    default:
      return `*${count}\r\n${some(count)}`;
  }
}

/** Told in chunks of any size, until it throws. */
function countAll(text: string, most = 200, waiting = 1e6): string | undefined {
  const count = createReplyCounter({ waiting: () => waiting, subscribed: () => false });
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + below(most);
      count(bytes.subarray(at, at + size));
      at += size;
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('what is counted of Redis’ replies', () => {
  it('any replies, cut anywhere, however many follow each other', () => {
    for (let i = 0; i < 200; i += 1)
      expect(countAll(Array.from({ length: 20 }, () => reply(4)).join(''))).toBeUndefined();
    const large = `$${replyLimits.bytes - 100}\r\n${'x'.repeat(replyLimits.bytes - 100)}\r\n`;
    expect(countAll(large + large + large, 100_000)).toBeUndefined();
  });
  it.each([
    ['a text that announces too much', '$8000000000\r\n', /4 MiB/],
    [
      'texts that are too much together',
      `*9\r\n${`$1000000\r\n${'x'.repeat(1_000_000)}\r\n`.repeat(5)}`,
      /4 MiB/,
    ],
    ['a line without end', `+${'x'.repeat(5_000_000)}`, /4 MiB/],
    ['a length without end', `$${'1'.repeat(5_000_000)}`, /4 MiB/],
    ['a list that announces too much', '*2147483647\r\n', /elements/],
    ['lists in lists', '*1\r\n'.repeat(100), /levels/],
    [
      'maps of lists that are too many together',
      `*50000\r\n${`*5000\r\n${':1\r\n'.repeat(5_000)}`.repeat(20)}`,
      /elements/,
    ],
    ['no length', '*x\r\n', /no sense/],
    ['a length below nothing', '$-7\r\n', /no sense/],
    ['a push of nothing', '>1\r\n_\r\n', /no sense/],
    ['a push within', '*1\r\n>3\r\n', /no sense/],
    ['no reply', 'HTTP/1.1 400 Bad Request\r\n\r\n', /no sense/],
  ])('%s: refused', (_, text, reason) => expect(countAll(text, 10_000)).toMatch(reason));
  it('more answers than questions: refused; messages to a subscriber are none', () => {
    expect(countAll('+OK\r\n'.repeat(3), 100, 3)).toBeUndefined();
    expect(countAll('+OK\r\n'.repeat(4), 100, 3)).toMatch(/nobody asked/);
    expect(
      countAll('>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n'.repeat(4), 1_000, 0),
    ).toBeUndefined();
  });
});
