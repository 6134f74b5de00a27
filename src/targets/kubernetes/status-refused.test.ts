import { expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { kubeError } from '../../kubernetes/kube-error.ts';
import { createRefusalTeller } from './status-refused.ts';

const target = { uid: 'u', namespace: 'shop', name: 'orders' };

it('tells a refusal once in a while, and anew after a success; what passes by itself never', async () => {
  const clock = createFakeClock();
  const told: string[] = [];
  let answering = true;
  const { tell } = createRefusalTeller({
    record: (_, { message }) => void told.push(message),
    answers: () => answering,
    clock,
  });
  const fail = (status: number, message: string) =>
    expect(
      tell(target, 'nothing is collected from it', () =>
        Promise.reject(kubeError('PATCH …/status', status, { message })),
      ),
    ).rejects.toThrow(message);
  for (const status of [429, 409, 404, 503]) await fail(status, 'later');
  expect(told).toEqual([]);
  await fail(422, 'no team label');
  await fail(422, 'no team label');
  expect(told).toEqual([
    'nothing is collected from it, for its status cannot be written: ' +
      'PATCH …/status: no team label (422)',
  ]);
  await clock.advance(900_000);
  await fail(500, 'failed calling webhook');
  expect(told).toHaveLength(2);
  await clock.advance(900_000);
  answering = false;
  await fail(0, 'timeout');
  expect(told).toHaveLength(2);
  answering = true;
  await fail(0, 'timeout');
  expect(told.at(-1)).toMatch(/timeout \(no answer\), while .* does a webhook keep it/);
  expect(await tell(target, '', async () => 'written')).toBe('written');
  await fail(403, 'may not');
  expect(told).toHaveLength(4);
});

it('tells another refusal at once, and one in which only a number is new not at all', async () => {
  const told: string[] = [];
  const { tell } = createRefusalTeller({
    record: (_, { message }) => void told.push(message),
    answers: () => true,
    clock: createFakeClock(),
  });
  const fail = (status: number, message: string) =>
    tell(target, '', () => Promise.reject(kubeError('PATCH …', status, { message }))).catch(
      () => undefined,
    );
  await fail(403, 'no right');
  await fail(422, 'no team label');
  for (const id of ['7f3a-1', '7f3a-2']) await fail(422, `no cost centre (request ${id})`);
  await fail(403, 'no right');
  expect(told.map((each) => /no [a-z ]+/.exec(each)?.[0])).toEqual([
    'no right ',
    'no team label ',
    'no cost centre ',
  ]);
});

it('a kind that is served without a status is told, with what installs one', async () => {
  const told: string[] = [];
  const { tell } = createRefusalTeller({
    record: (_, { message }) => void told.push(message),
    answers: () => true,
    clock: createFakeClock(),
  });
  const work = () =>
    Promise.reject(kubeError('PATCH …/status', 404, { message: 'not found', reason: 'NotFound' }));
  await expect(tell(target, 'nothing is collected from it', work)).rejects.toThrow('not found');
  expect(told[0]).toMatch(/not found \(404\), which is there: install the CRDs/);
});
