import { expect, it } from 'vitest';
import type { Code } from '../base/codes.ts';
import { AppError } from '../base/errors.ts';
import { lasting, openPair } from './index-connections.ts';

function connection(name: string) {
  const made = {
    name,
    usable: true,
    lost: Promise.resolve(),
    ended: false,
    async end() {
      made.usable = false;
      made.ended = true;
    },
    destroy: () => undefined,
  };
  return made;
}
const refused = (code: Code) => new AppError(code, 'not now');

it('one that is lost is opened again, by all who want it at once together', async () => {
  const [first, second] = [connection('first'), connection('second')];
  let opened = 0;
  const control = lasting(first, async () => {
    opened += 1;
    return second;
  });
  expect(await control.get()).toBe(first);
  first.usable = false;
  expect(await Promise.all([control.get(), control.get()])).toEqual([second, second]);
  expect(opened).toBe(1);
  await control.end();
  expect(second.ended).toBe(true);
  await expect(control.get()).rejects.toMatchObject({ code: 'connection_failed' });
  expect(opened).toBe(1);
});

it('what fails is tried again when it is wanted again', async () => {
  const first = connection('first');
  const answers: Code[] = ['connection_failed', 'several_servers', 'authentication_failed'];
  const control = lasting(first, async () => {
    throw refused(answers.shift() ?? 'internal');
  });
  first.usable = false;
  for (const code of [...answers, 'internal'])
    await expect(control.get()).rejects.toMatchObject({ code });
});

it('what is opened while it ends is ended, too', async () => {
  const [first, late] = [connection('first'), connection('late')];
  const { promise, resolve } = Promise.withResolvers<typeof late>();
  const control = lasting(first, () => promise);
  first.usable = false;
  const wanted = control.get();
  const ending = control.end();
  resolve(late);
  await ending;
  await wanted;
  expect(late.ended).toBe(true);
});

it('both are on one server, also one that is opened again; else none is left open', async () => {
  const made: ReturnType<typeof connection>[] = [];
  const on = (servers: string[]) => async () => {
    const each = connection(String(made.length));
    made.push(each);
    return { connection: each, server: servers.shift() ?? '' };
  };
  await expect(openPair(on(['a', 'b']))).rejects.toMatchObject({ code: 'several_servers' });
  expect(made.map(({ ended }) => ended)).toEqual([true, true]);

  const { control } = await openPair(on(['a', 'a', 'b', 'a']));
  const [, , , second] = made;
  if (second) second.usable = false;
  await expect(control.get()).rejects.toMatchObject({ code: 'several_servers' });
  expect(made.at(-1)?.ended).toBe(true);
  expect((await control.get()).usable).toBe(true);
});
