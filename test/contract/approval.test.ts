import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentHash, proposalId } from '../../src/advice/identity.ts';
import { decide } from '../../src/app/decide-change.ts';
import { type Proposal, proposalPhases } from '../../src/model/proposal.ts';
import { makeProposal, makeRun } from '../support/advice.ts';
import { openApi, type TestApi } from '../support/api.ts';
import { temporaryFolder } from '../support/postgres-server.ts';

/** A word on a proposal over the API: where it is taken, by whom, and what it leaves. */
const dataFolder = temporaryFolder('approval');
let here: TestApi;
let elsewhere: TestApi;
const made = makeProposal('dbi', { madeAt: Date.now() });
const hash = contentHash({
  targetUid: 'uid',
  engine: 'postgres',
  database: made.database,
  change: made.change,
});
const proposal: Proposal = { ...made, id: proposalId(hash), contentHash: hash };
const analysed: Proposal = {
  ...makeProposal('adv-analyse', { madeAt: Date.now() }),
  change: { kind: 'analyze', schema: 'public', table: 'orders' },
};
const at = `/api/v1/advice/${proposal.id}`;

beforeAll(async () => {
  here = await openApi([], {
    async decide(said) {
      await decide({ history: here.history, dataFolder }, said);
    },
  });
  elsewhere = await openApi([]);
  for (const { history } of [here, elsewhere])
    await history.recordAdvice({ run: makeRun(1, [proposal, analysed]), plans: [] });
});
afterAll(() => Promise.all([here.close(), elsewhere.close()]));

const say = (api: TestApi, said: object, path = at) => api.ask('POST', `${path}/approval`, said);

it('is not taken in a cluster, or over the network', async () => {
  expect((await elsewhere.ask('GET', at)).body).toMatchObject({ mayApprove: false });
  expect(await say(elsewhere, { contentHash: hash, decision: 'Approve' })).toMatchObject({
    status: 403,
    body: { message: expect.stringContaining('IndexApproval') },
  });
});

it('is taken of who holds the token alone, of the content that was read, and of an index', async () => {
  expect((await here.ask('GET', at)).body).toMatchObject({ mayApprove: true });
  const said = { contentHash: hash, decision: 'Approve' };
  expect(await here.ask('POST', `${at}/approval`, said, 'another-token')).toMatchObject({
    status: 401,
  });
  expect(await say(here, { ...said, contentHash: `sha256:${'0'.repeat(64)}` })).toMatchObject({
    status: 409,
    body: { message: expect.stringContaining(hash) },
  });
  expect(await say(here, { ...said, approvedBy: 'mallory' })).toMatchObject({ status: 400 });
  expect(await say(here, said, '/api/v1/advice/adv-analyse')).toMatchObject({ status: 403 });
  expect(existsSync(join(dataFolder, 'approvals'))).toBe(false);
});

it('leaves what dbintel apply reads, in the name of the user of this machine', async () => {
  const answer = await say(here, { contentHash: hash, decision: 'Approve' });
  const by = userInfo().username;
  expect(answer).toMatchObject({ status: 200, body: { state: { phase: 'Approved', by } } });
  const file = join(dataFolder, 'approvals', `${proposal.id}.approval.json`);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    contentHash: hash,
    approvedBy: by,
    decision: 'Approve',
  });
  const state = { id: proposal.id, phase: 'Observing' as const, since: 3 };
  await here.history.moveProposal(state, ['Approved']);
  expect(await say(here, { contentHash: hash, decision: 'Reject' })).toMatchObject({
    status: 409,
    body: { message: `${proposal.id} is Observing by now` },
  });
});

it('is taken of what is over, or refused with the words of the loop', async () => {
  const over = async (phase: 'Rejected' | 'RolledBack', reason: string) => {
    await here.history.moveProposal({ id: proposal.id, phase, since: 4 }, proposalPhases);
    const state = { phase, since: 4, reason, attempt: 1, notBefore: 0 };
    const file = join(dataFolder, 'approvals', `${proposal.id}.state.${(number += 1)}.json`);
    writeFileSync(file, JSON.stringify(state));
    return say(here, { contentHash: hash, decision: 'Approve' });
  };
  let number = 10;
  expect(await over('RolledBack', 'regression')).toMatchObject({
    status: 409,
    body: { message: expect.stringContaining('something got slower') },
  });
  number += 10;
  expect(await over('Rejected', 'rejected')).toMatchObject({
    status: 200,
    body: { state: { phase: 'Approved' } },
  });
});
