import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { cached } from '../../src/credentials/cached.ts';
import { createFolderProvider } from '../../src/credentials/file/folder-provider.ts';
import type { Asked, Resolved } from '../../src/credentials/provider.ts';
import { createSecretProvider } from '../../src/credentials/secret/secret-provider.ts';
import { kubeError } from '../../src/kubernetes/kube-error.ts';
import type { DatabaseTargetSpec } from '../../src/resources/kinds/database-target/spec.ts';
import { createReadSecret } from '../../src/targets/kubernetes/read-secret.ts';

/**
 * What every provider of credentials promises, over all ways that a spec can name one. A further
 * way wants its line here: the compiler asks.
 */
interface Subject {
  /** What lies there from now on; undefined: nothing at all. */
  put(values: Record<string, string> | undefined): void;
  /** Larger than a secret is read. */
  putTooLarge(key: string): void;
  makeUnreadable(): void;
  resolve(keys: readonly string[], fresh?: boolean): Promise<Resolved>;
}

const folder = mkdtempSync(join(tmpdir(), 'dbintel-credentials-'));
afterAll(() => rmSync(folder, { recursive: true }));
const canary = 'CANARY-of-a-password';
const largest = 1_048_576;

const subjects: Record<keyof DatabaseTargetSpec['connection']['credentials'], () => Subject> = {
  secretRef() {
    let answer: () => unknown = () => ({});
    const fail = (status: number, message: string) => () => {
      throw kubeError('GET secret', status, { message });
    };
    const client = { call: async <T>() => answer() as T };
    const provider = cached(createSecretProvider(createReadSecret(client)), systemClock);
    return {
      put(values) {
        const data = Object.fromEntries(
          Object.entries(values ?? {}).map(([key, text]) => [
            key,
            Buffer.from(text).toString('base64'),
          ]),
        );
        answer = values ? () => ({ data }) : fail(404, `no ${canary}`);
      },
      putTooLarge() {
        answer = fail(200, `more than 4 MiB came, ${canary}`);
      },
      makeUnreadable() {
        answer = fail(403, `forbidden, ${canary}`);
      },
      resolve: (keys, fresh = false) => provider.resolve(asked({ name: 's' }, keys, fresh)),
    };
  },
  file() {
    const place = join(folder, 'mounted');
    const provider = createFolderProvider(folder);
    const clear = () => rmSync(place, { recursive: true, force: true });
    return {
      put(values) {
        clear();
        if (!values) return;
        mkdirSync(place);
        for (const [key, text] of Object.entries(values)) writeFileSync(join(place, key), text);
      },
      putTooLarge(key) {
        writeFileSync(join(place, key), canary.padEnd(largest + 1, 'x'));
      },
      makeUnreadable() {
        clear();
        symlinkSync(place, place); // leads nowhere, also for root
      },
      resolve: (keys, fresh = false) => provider.resolve(asked('mounted', keys, fresh)),
    };
  },
};

const asked = <Ref>(ref: Ref, keys: readonly string[], fresh: boolean): Asked<Ref> => ({
  ref,
  namespace: 'shop',
  label: 'shop/orders',
  keys,
  fresh,
});
const login = ['username', 'password'];
const unavailable = (words: RegExp) => ({
  name: 'AppError',
  code: 'secret_unavailable',
  message: expect.stringMatching(words),
});

describe.each(Object.entries(subjects))('credentials by %s', (_, open) => {
  const subject = open();
  it('are the values of the keys that are asked for, byte for byte, and no others', async () => {
    subject.put({ username: 'dbintel', password: 'pässwörd\n', other: canary });
    expect((await subject.resolve(login, true)).values).toEqual({
      username: 'dbintel',
      password: 'pässwörd\n',
    });
  });
  it('leave out a key that is not there', async () => {
    subject.put({ username: 'dbintel' });
    expect((await subject.resolve(login, true)).values).toEqual({ username: 'dbintel' });
  });
  it('are the new ones after a rotation, when they are asked for afresh', async () => {
    subject.put({ username: 'dbintel', password: 'one' });
    await subject.resolve(login, true);
    subject.put({ username: 'dbintel', password: 'two' });
    expect((await subject.resolve(login, true)).values['password']).toBe('two');
    expect((await subject.resolve(login)).values['password']).toBe('two');
  });
  it.each<[string, (of: Subject) => void, RegExp]>([
    ['are not there', (of) => of.put(undefined), /does not exist|cannot be read \(ENOENT\)/],
    ['are too large', (of) => of.putTooLarge('password'), /could not be read|more than 1048576/],
    ['may not be read', (of) => of.makeUnreadable(), /may not be read|cannot be read \(ELOOP\)/],
  ])('that %s are an error that holds nothing of them', async (__, spoil, words) => {
    subject.put({ username: 'dbintel', password: canary });
    spoil(subject);
    const failure: unknown = await subject.resolve(login, true).catch((error: unknown) => error);
    expect(failure).toMatchObject(unavailable(words));
    expect(String(failure)).not.toContain(canary);
  });
});
