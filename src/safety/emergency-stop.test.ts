import { describe, expect, it } from 'vitest';
import { coveringStop } from './emergency-stop.ts';

describe('a stop', () => {
  const target = { namespace: 'shop', name: 'orders' };
  const stop = { id: '1', reason: 'incident', since: 0 };
  it('stops cover what they say', () => {
    const covered = (scope: Parameters<typeof coveringStop>[0][number]['scope']) =>
      coveringStop([{ ...stop, scope }], target) !== undefined;
    expect([
      covered({ all: true }),
      covered({ namespaces: ['shop'] }),
      covered({ namespaces: ['hr'] }),
      covered({ targets: ['shop/orders'] }),
      covered({ targets: ['hr/orders'] }),
    ]).toEqual([true, true, false, true, false]);
  });
});
