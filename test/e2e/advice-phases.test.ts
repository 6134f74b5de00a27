import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentHash, proposalId } from '../../src/advice/identity.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { type History, historyBackends } from '../../src/history/backends.ts';
import type { Proposal, ProposalPhase } from '../../src/model/proposal.ts';
import { recommendationOf } from '../../src/resources/kinds/index-recommendation/from-proposal.ts';
import { makeProposal, makeRun } from '../support/advice.ts';
import {
  allReady,
  namespaceManifest,
  type Operator,
  secretManifest,
  startOperator,
  stopOperators,
  targetManifest,
} from '../support/cluster.ts';
import { type ControlPlane, installCrds, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres, temporaryFolder } from '../support/postgres-server.ts';
import { dbintel } from '../support/program.ts';
import { prepareServer } from '../support/target.ts';

/**
 * What the executor writes of a recommendation in a cluster is what the operator's history, API and
 * pages tell of it, and of no other.
 */
let plane: ControlPlane;
let server: PostgresServer;
let operator: Operator;
let history: History;
beforeAll(async () => {
  [plane, server] = await Promise.all([startControlPlane(), startPostgres()]);
  await prepareServer(server);
  await installCrds(plane);
  for (const namespace of ['shop', 'other']) await plane.apply(namespaceManifest(namespace));
  await plane.apply(secretManifest());
  const data = temporaryFolder('phases');
  const { kubeconfig } = plane;
  operator = await startOperator({ name: 'pod-a', kubeconfig, args: ['--data', data] });
  await allReady([operator]);
  history = await historyBackends.sqlite(join(data, 'history.db'), silentLogger);
  const spec = { advice: { mode: 'propose' } };
  await plane.apply(targetManifest({ name: 'orders', port: server.port, spec }));
});
afterAll(async () => {
  await history.close();
  await stopOperators([operator]);
  await Promise.all([plane.stop(), server.stop()]);
});

async function advised(): Promise<Proposal> {
  const path = 'get databasetarget orders -n shop -o jsonpath={.metadata.uid}';
  const uid = await plane.kubectl(path.split(' '));
  const made = makeProposal('dbi', { uid, madeAt: Date.now() });
  const hash = contentHash({
    targetUid: uid,
    engine: 'postgres',
    database: made.database,
    change: made.change,
  });
  const proposal = { ...made, id: proposalId(hash), contentHash: hash };
  await history.recordAdvice({ run: makeRun(Date.now(), [proposal], { uid }), plans: [] });
  return proposal;
}

const publish = async (proposal: Proposal, namespace: string) =>
  plane.apply(
    JSON.stringify({
      apiVersion: 'dbintel.io/v1alpha1',
      kind: 'IndexRecommendation',
      metadata: { name: proposal.id, namespace },
      spec: recommendationOf(proposal, { autoRollback: true })?.spec,
    }),
  );

/** As the executor does. */
const write = (id: string, namespace: string, status: object) =>
  plane.kubectl([
    ...`patch idxrec ${id} -n ${namespace} --subresource status --type merge -p`.split(' '),
    JSON.stringify({ status: { phaseSince: new Date().toISOString(), ...status } }),
  ]);

const stateOf = async (id: string) => {
  const answer = await fetch(`${operator.api}/api/v1/advice/${id}`, {
    headers: { authorization: 'Bearer token-of-the-test' },
  });
  const { state } = (await answer.json()) as {
    state: { phase: ProposalPhase; by?: string; outcome?: string };
  };
  return state;
};

it('the history has the phase that the executor wrote, by whom, and its outcome', async () => {
  const proposal = await advised();
  const { id } = proposal;
  await publish(proposal, 'shop');
  await publish(proposal, 'other');
  await write(id, 'other', { phase: 'Rejected', reason: 'rejected', approvedBy: 'mallory' });
  await write(id, 'shop', { phase: 'Approved', reason: 'approved', approvedBy: 'maria' });
  const phase = async (wanted: ProposalPhase) => (await stateOf(id)).phase === wanted;
  const told = (error: Error) => {
    throw new Error(`${error.message}: ${operator.log().slice(-3_000)}`);
  };
  await until(() => phase('Approved'), 30_000, 'the approval is seen').catch(told);
  expect(await stateOf(id)).toMatchObject({ by: 'maria', outcome: 'it waits for its turn' });
  await write(id, 'shop', { phase: 'Observing', reason: 'collecting_evidence' });
  await until(() => phase('Observing'), 30_000, 'it is observed').catch(told);
  const plugin = (...args: string[]) =>
    dbintel(['kubectl', 'advise', ...args, '-n', 'shop', '--kubeconfig', plane.kubeconfig]);
  expect(await plugin('orders')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/31\.0% +create index +public\.orders .*Observing +maria +adv-/),
  });
  expect(JSON.parse((await plugin('--json')).stdout)).toMatchObject([{ name: id }]);
  expect(await plugin('nothing')).toMatchObject({ code: 1 });
  // Its last word is heard, too, where it goes at once.
  await write(id, 'shop', { phase: 'Gone', reason: 'deleted' });
  await plane.kubectl(['delete', 'idxrec', id, '-n', 'shop']);
  await until(() => phase('Gone'), 30_000, 'its last word').catch(told);
}, 240_000);

it('a run is asked for by an annotation, and made', async () => {
  const plugin = (...args: string[]) =>
    dbintel(['kubectl', 'advise', ...args, '-n', 'shop', '--kubeconfig', plane.kubeconfig]);
  const uid = await plane.kubectl(
    'get databasetarget orders -n shop -o jsonpath={.metadata.uid}'.split(' '),
  );
  const runs = async () => (await history.adviceRuns({ target: uid, limit: 9 })).length;
  const before = await runs();
  expect(await plugin('--run')).toMatchObject({ code: 2 });
  expect(await plugin('orders', '--run')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('kubectl dbintel advise orders -n shop'),
  });
  await until(async () => (await runs()) > before, 90_000, 'it ran').catch((error: Error) => {
    throw new Error(`${error.message}: ${operator.log().slice(-3_000)}`);
  });
}, 240_000);
