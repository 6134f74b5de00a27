import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

it('secrets are censored in logs, at several depths, and errors show no fields', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  const error = Object.assign(new Error('refused'), {
    code: '28P01',
    parameters: ['CANARY'],
    detail: 'CANARY',
  });
  logger.info({ password: 'CANARY', a: { token: 'CANARY', b: { key: 'CANARY' } }, error }, 'hello');
  expect(lines.join()).not.toContain('CANARY');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    msg: 'hello',
    error: { message: 'refused', code: '28P01' },
  });
});
