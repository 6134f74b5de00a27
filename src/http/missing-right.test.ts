import { expect, it } from 'vitest';
import { missingRight } from './missing-right.ts';

it('says what is missing, and how it is given where it is missing', () => {
  const asked = { user: 'maria', right: 'check', namespace: 'shop', cluster: true } as const;
  expect(missingRight(asked)).toMatchObject({
    need: 'create databasetargets/check',
    namespace: 'shop',
    grant: [
      'kubectl create role dbintel-check -n shop --verb=create ' +
        '--resource=databasetargets.dbintel.io/check',
      'kubectl create rolebinding dbintel-check-maria -n shop --role=dbintel-check --user=maria',
    ],
  });
  expect(missingRight({ ...asked, right: 'stop' })).not.toHaveProperty('namespace');
});
it('names somebody to a shell as one word, whatever they are called', () => {
  const user = "o'brien; rm -rf ~ $(x)";
  const { grant } = missingRight({ user, right: 'read', cluster: true });
  expect(grant[1]).toContain('dbintel-read-o-brien-rm-rf-x --clusterrole=');
  expect(grant[1]).toMatch(/ --user='o'\\''brien; rm -rf ~ \$\(x\)'$/);
});
it('where no cluster is asked there is nothing to grant', () => {
  const { grant, how } = missingRight({ user: 'maria', right: 'stop', cluster: false });
  expect([grant, how]).toEqual([[], expect.stringContaining('API’s token')]);
});
