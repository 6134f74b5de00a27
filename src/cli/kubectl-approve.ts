import { costWords, savingWords } from '../model/advice-words.ts';
import type { ClusterClient } from '../targets/kubernetes/cluster-client.ts';
import { exitCodes } from './command.ts';
import { terminal } from './terminal.ts';

/**
 * `kubectl dbintel approve`: shows what is advised and its hash; with that hash it is approved, in
 * the name that the API server knows one by.
 */
export async function approve(
  client: ClusterClient,
  namespace: string,
  name: string,
  { hash, reject }: { hash: string | undefined; reject: boolean },
): Promise<number> {
  const { spec, status } = await client.changes.recommendation(namespace, name);
  const { kind, name: index, index: of } = spec.change;
  if (hash === undefined) {
    terminal.out(
      [
        `${kind} ${index} on ${of.schema}.${of.table}`,
        `  ${spec.reason}`,
        `  target ${spec.targetRef.name}, phase ${status?.phase ?? 'Proposed'}`,
        `  saves ${spec.benefit} of the database time, ${savingWords(spec.evidence)}; ` +
          `size ${spec.size}; ` +
          `confidence ${spec.evidence.confidence}`,
        ...spec.evidence.because.map((each) => `    because ${each}`),
        ...spec.evidence.statements.map(
          (each) => `    cost ${costWords(each)}  ${each.text ?? each.fingerprint}`,
        ),
        'is sent:',
        ...spec.apply.map((sql) => `  ${sql}`),
        'takes it back:',
        ...spec.rollback.map((sql) => `  ${sql}`),
        '',
        'to approve exactly this:',
        `  kubectl dbintel approve ${name} -n ${namespace} --hash ${spec.contentHash}`,
      ].join('\n'),
    );
    return exitCodes.no;
  }
  if (hash !== spec.contentHash) {
    terminal.err(`${name} has another hash by now: ${spec.contentHash}`);
    return exitCodes.no;
  }
  const approvedBy = await client.changes.whoAmI();
  const made = await client.changes.approve(namespace, {
    recommendation: name,
    contentHash: hash,
    approvedBy,
    decision: reject ? 'Reject' : 'Approve',
  });
  return terminal.out(
    `${name}: ${reject ? 'rejected' : 'approved'} by ${approvedBy}; to take that back: ` +
      `kubectl delete indexapproval ${made} -n ${namespace}`,
  );
}
