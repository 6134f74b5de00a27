import { expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { silentLogger } from '../../base/logger.ts';
import type { KubeRequest } from '../../kubernetes/kube-client.ts';
import { createEventRecorder } from './event-recorder.ts';

const orders = { uid: 'u1', namespace: 'shop', name: 'orders' };
const opened = { type: 'Warning', reason: 'CircuitOpened', message: 'three failures' } as const;

function start(refuse: (request: KubeRequest) => boolean = () => false) {
  const clock = createFakeClock();
  const sent: KubeRequest[] = [];
  const client = {
    async call<T>(request: KubeRequest) {
      sent.push(request);
      if (refuse(request)) throw new Error('refused');
      return undefined as T;
    },
  };
  const recorder = createEventRecorder({
    client,
    kind: { kind: 'DatabaseTarget' },
    instance: 'pod-1',
    clock,
    logger: silentLogger,
  });
  return { clock, sent, recorder };
}

it.each(['a'.repeat(253), `${'a-b.'.repeat(63)}c`, `b${'a--'.repeat(84)}`.slice(0, -2)])(
  'has a name that the API server takes, whatever its object is called',
  async (name) => {
    const { clock, sent, recorder } = start();
    recorder.record({ ...orders, name }, opened);
    await clock.advance(1);
    const [event = ''] = sent.map(
      ({ body }) => (body as { metadata: { name: string } }).metadata.name,
    );
    expect(event.length).toBeLessThanOrEqual(253);
    expect(event).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  },
);

it('is written beside its object, by its kind', async () => {
  const { clock, sent, recorder } = start();
  recorder.record(orders, opened);
  await clock.advance(1);
  expect(sent).toMatchObject([
    {
      method: 'POST',
      path: '/api/v1/namespaces/shop/events',
      body: {
        involvedObject: {
          apiVersion: 'dbintel.io/v1alpha1',
          kind: 'DatabaseTarget',
          name: 'orders',
          uid: 'u1',
        },
        ...opened,
        reportingInstance: 'pod-1',
        count: 1,
      },
    },
  ]);
});

it('the same again is counted; told anew where the first one has expired', async () => {
  let expired = false;
  const { clock, sent, recorder } = start(({ method }) => expired && method === 'PATCH');
  for (let i = 0; i < 3; i += 1) recorder.record(orders, opened);
  await clock.advance(1);
  expect(sent.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH']);
  expect(sent[2]?.body).toMatchObject({ count: 3 });
  expired = true;
  recorder.record(orders, opened);
  await clock.advance(1);
  expect(sent.slice(3).map(({ method }) => method)).toEqual(['PATCH', 'POST']);
});

it('of one object 25 at once, then one in five minutes', async () => {
  const { clock, sent, recorder } = start();
  const say = (i: number) => recorder.record(orders, { ...opened, message: `${i}` });
  for (let i = 0; i < 40; i += 1) say(i);
  recorder.record({ ...orders, uid: 'u2' }, opened);
  await clock.advance(1);
  expect(sent).toHaveLength(26);
  await clock.advance(300_000);
  say(40);
  say(41);
  await clock.advance(1);
  expect(sent).toHaveLength(27);
});

it('what waits is sent before it ends; a refusal ends nothing', async () => {
  const { sent, recorder } = start(() => true);
  recorder.record(orders, opened);
  recorder.record(orders, { ...opened, message: 'again' });
  await recorder.close();
  expect(sent).toHaveLength(2);
});
