import { expect, test } from 'vitest';
import { grantCommands, mayRead } from './rights.ts';

const session = {
  user: 'eva',
  mayStop: false,
  mayResume: false,
  mayCheck: false,
  mayJudge: false,
};

test('a right is given by a role of its own, to whoever asks', () => {
  expect(grantCommands('read', 'eva@example.com', 'shop')).toEqual([
    'kubectl create role dbintel-read --verb=get --resource=databasetargets.dbintel.io -n shop',
    'kubectl create rolebinding dbintel-read --role=dbintel-read --user=eva@example.com -n shop',
  ]);
  expect(grantCommands('stop', 'system:serviceaccount:ops:oncall')[1]).toBe(
    'kubectl create clusterrolebinding dbintel-stop --clusterrole=dbintel-stop ' +
      '--serviceaccount=ops:oncall',
  );
  expect(grantCommands('check', "o'hara; rm", 'shop')).toEqual([
    'kubectl create role dbintel-check --verb=create ' +
      '--resource=databasetargets.dbintel.io/check -n shop',
    String.raw`kubectl create rolebinding dbintel-check --role=dbintel-check --user='o'\''hara; rm' -n shop`,
  ]);
});

test('who may read some namespaces sees those', () => {
  expect(mayRead({ ...session, mayRead: 'all' }, 'shop')).toBe(true);
  expect(mayRead({ ...session, mayRead: ['shop'] }, 'shop')).toBe(true);
  expect(mayRead({ ...session, mayRead: ['shop'] }, 'bank')).toBe(false);
  expect(mayRead({ ...session, mayRead: ['shop'] }, undefined)).toBe(true);
  expect(mayRead({ ...session, mayRead: [] }, undefined)).toBe(false);
});
