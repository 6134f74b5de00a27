import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { indexApproval } from '../../../src/resources/kinds/index-approval/kind.ts';
import { makeProposal } from '../../../test/support/advice.ts';
import { commandsOf } from '../commands.ts';
import { againCommand, applyCommand, approvalCommand, approvalManifest } from './approval.ts';

const proposal = { ...makeProposal('adv-1', {}), contentHash: `sha256:${'a'.repeat(64)}` };

test('in a cluster the plugin does it, or what the cluster takes, of whoever runs it', () => {
  expect(approvalCommand(proposal, undefined)).toBe(
    `kubectl dbintel approve adv-1 -n shop --hash ${proposal.contentHash}`,
  );
  const lines = approvalManifest(proposal).split('\n');
  expect(lines[0]).toBe('kubectl apply -f - <<END');
  const text = lines
    .slice(1, -1)
    .join('\n')
    .replace(/\$\(.*\)/, 'eva');
  const read = indexApproval.manifest.safeParse(parse(text));
  expect(read.error?.issues ?? []).toEqual([]);
  expect(read.data?.spec).toMatchObject({
    recommendation: 'adv-1',
    contentHash: proposal.contentHash,
    approvedBy: 'eva',
  });
});

test('without one it names the hash', () => {
  expect(approvalCommand(proposal, {})).toBe(
    `dbintel approve adv-1 --hash ${proposal.contentHash}`,
  );
  expect(applyCommand(proposal, {})).toBe('dbintel apply adv-1 --credentials FOLDER');
});

test('without one it names the folders that are not the default', () => {
  const folders = { data: '/var/lib/dbintel', targets: "/it's here" };
  expect(approvalCommand(proposal, folders)).toMatch(/ --data \/var\/lib\/dbintel$/);
  expect(applyCommand(proposal, folders)).toBe(
    "dbintel apply adv-1 --credentials FOLDER --targets '/it'\\''s here' --data /var/lib/dbintel",
  );
  expect(commandsOf(folders).stops).toBe('dbintel stop --list --data /var/lib/dbintel');
  expect(commandsOf({}).stops).toBe('dbintel stop --list');
});

test('what is over is approved once more, or deleted so that a run makes it anew', () => {
  const over = (phase: 'RolledBack' | 'Rejected') => ({
    ...proposal,
    state: { id: proposal.id, phase, since: 1 },
  });
  expect(againCommand(over('RolledBack'), {})).toBe(
    `dbintel approve adv-1 --hash ${proposal.contentHash} --again`,
  );
  expect(againCommand(over('Rejected'), {})).not.toContain('--again');
  expect(againCommand(over('RolledBack'), undefined).split('\n')).toEqual([
    'kubectl delete indexapproval adv-1 adv-1-approve adv-1-reject -n shop --ignore-not-found',
    'kubectl delete idxrec adv-1 -n shop',
  ]);
});
