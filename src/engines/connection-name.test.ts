import { describe, expect, it } from 'vitest';
import { connectionName, isFormerOwner } from './connection-name.ts';

const uid = '0d5e1f3a-7c11-4a55-9f7e-111111111111';
const nameOf = (epoch: number) => connectionName({ epoch, uid }, 'replica-1-abcdef');

describe('the name of a connection', () => {
  it('is short, and says epoch, target and holder', () =>
    expect(nameOf(7)).toBe('dbintel/7/0d5e1f3a/replica-'));
  it.each([
    ['an older owner of the same target', nameOf(6), true],
    ['ourselves', nameOf(7), false],
    ['a newer one', nameOf(8), false],
    ['another target', connectionName({ epoch: 1, uid: 'ffffffff' }, 'x'), false],
    ['another program', 'psql/6/0d5e1f3a/x', false],
    ['no epoch', 'dbintel/x/0d5e1f3a/y', false],
    ['no name', '', false],
  ])('%s', (_, name, former) => expect(isFormerOwner(name, { epoch: 7, uid })).toBe(former));
});
