import { describe, expect, it } from 'vitest';
import { openScripted, scriptedEngine } from '../../test/support/scripted-engine.ts';
import { cycleDepsFor, makeTarget, noAbort } from '../../test/support/target.ts';
import type { Code } from '../base/codes.ts';
import { AppError } from '../base/errors.ts';
import type { Credentials } from '../model/credentials.ts';
import { connect } from './connect.ts';

/** A server that wants this password, and says so with that code; what was tried. */
function serverThat(wants: string, code: Code) {
  const tried: (string | undefined)[] = [];
  const engine = {
    ...scriptedEngine({ statements: [] }),
    open: async ({ credentials }: { credentials: Credentials }) => {
      tried.push(credentials.password);
      if (credentials.password !== wants) throw new AppError(code, 'refused');
      return openScripted({ statements: [] });
    },
  };
  return { engine, tried };
}

async function connecting(code: Code, known: Credentials, fresh: () => Promise<Credentials>) {
  const { engine, tried } = serverThat('new', code);
  const credentials = (again: boolean) => (again ? fresh() : Promise.resolve(known));
  const deps = cycleDepsFor(makeTarget({ port: 1 }), { engine, credentials });
  const failed = await connect(deps, undefined, noAbort()).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { tried, failed };
}
const old = { username: 'u', password: 'old' };
const rotated = async () => ({ username: 'u', password: 'new' });

describe('credentials that the server refuses', () => {
  it('are read again, and tried again where they differ', async () => {
    for (const code of ['authentication_failed', 'tls_failed'] as const)
      expect(await connecting(code, old, rotated)).toEqual({
        tried: ['old', 'new'],
        failed: undefined,
      });
  });
  it('are not tried again where they do not; what is odd about them is told', async () => {
    const odd = { ...old, remark: 'it ends with a newline' };
    const { tried, failed } = await connecting('authentication_failed', odd, async () => odd);
    expect(tried).toEqual(['old']);
    expect(failed).toMatchObject({ message: 'refused; it ends with a newline' });
  });
  it('are not the matter where nobody answers, unless a certificate is shown', async () => {
    expect((await connecting('connection_failed', old, rotated)).tried).toEqual(['old']);
    const shown = { ...old, cert: 'c' };
    expect((await connecting('connection_failed', shown, rotated)).tried).toEqual(['old', 'new']);
  });
  it('cannot be read any more: said, but not of a server that does not answer', async () => {
    const gone = () => Promise.reject(new AppError('secret_unavailable', 'gone'));
    expect((await connecting('authentication_failed', old, gone)).failed).toMatchObject({
      code: 'secret_unavailable',
    });
    const shown = { ...old, cert: 'c' };
    expect((await connecting('connection_failed', shown, gone)).failed).toMatchObject({
      code: 'connection_failed',
    });
  });
});
