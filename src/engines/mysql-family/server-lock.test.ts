import { describe, expect, it } from 'vitest';
import { AppError } from '../../base/errors.ts';
import type { Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { serverLock } from './server-lock.ts';

function lockOn(row: Row, failing = '') {
  const sent: string[] = [];
  const query = async (sql: string) => {
    sent.push(sql);
    if (failing !== '' && sql.startsWith(failing)) throw new AppError('internal', 'no such thread');
    return [row];
  };
  const control = { query } as unknown as Connection;
  return { sent, lock: serverLock(control, { epoch: 3, uid: "0d5e1f3a'-7c11" }, 1_000) };
}

describe('the lock of the server', () => {
  it('once taken has a second one that says whose it is', async () => {
    const { sent, lock } = lockOn({ taken: '1', holder: '7' });
    expect(await lock.take()).toEqual({ taken: true, others: [] });
    expect(sent[0]).toBe(
      "SELECT GET_LOCK('dbintel', 0) AS taken, IS_USED_LOCK('dbintel') AS holder" +
        ", IS_USED_LOCK('dbintel:0d5e1f3a:2') AS former2" +
        ", IS_USED_LOCK('dbintel:0d5e1f3a:1') AS former1",
    );
    expect(sent.slice(1)).toEqual(["SELECT GET_LOCK('dbintel:0d5e1f3a:3', 0) AS taken"]);
  });

  it.each<[string, Row, { id: string; former: boolean }]>([
    [
      'a former owner of the target',
      { holder: '7', former2: null, former1: '7' },
      { id: '7', former: true },
    ],
    ['somebody else', { holder: '7', former2: null, former1: '8' }, { id: '7', former: false }],
    ['nobody any more', { holder: null, former2: null, former1: null }, { id: '', former: false }],
    [
      'what is no thread',
      { holder: '7; DROP', former1: '7; DROP' },
      { id: '7; DROP', former: false },
    ],
  ])('held by %s', async (_, row, holder) => {
    const { sent, lock } = lockOn({ taken: '0', ...row });
    expect(await lock.take()).toEqual({ taken: false, others: [holder] });
    expect(sent).toHaveLength(1);
  });

  it('whose holder went meanwhile needs no end', async () => {
    const { sent, lock } = lockOn({}, 'KILL');
    await lock.end({ id: '7', former: true });
    expect(sent).toEqual(['KILL 7']);
  });
});
