import { expect, it } from 'vitest';
import { AppError } from '../../base/errors.ts';
import { enter } from './closed-database.ts';
import type { Connection } from './connection.ts';

const refusing = (code: string) => ({
  workerFor: async () => {
    throw new AppError('insufficient_privilege', 'x', {
      cause: Object.assign(new Error('x'), { code }),
    });
  },
});

it('is entered where it is open', async () => {
  const worker = {} as Connection;
  expect(await enter({ workerFor: async () => worker }, 'shop')).toEqual({ worker });
});

it.each(['42501', '28000', '28P01', '3D000', '55000'])('is closed by SQLSTATE %s', async (state) =>
  expect(await enter(refusing(state), 'shop')).toEqual({ closed: state }),
);

it.each(['53300', '57P03', ''])('is not closed by %o, which passes', async (state) => {
  await expect(enter(refusing(state), 'shop')).rejects.toBeInstanceOf(AppError);
});
