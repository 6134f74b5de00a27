import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { mayComeAgain } from '../../../src/model/proposal.ts';
import { adviceKey, type Decision, decide, type ProposalShownAnswer } from '../../data/advice.ts';
import { replicasQuery } from '../../data/queries.ts';
import { Button } from '../../parts/button.tsx';
import { CodeBlock } from '../../parts/code-block.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Skeleton } from '../../parts/states.tsx';
import { aloneIn, type Folders } from '../commands.ts';
import { NotDone } from '../not-done.tsx';
import { say } from '../said.tsx';
import styles from './advice.module.css';
import { isOfIndex, isOpen } from './advice-words.ts';
import { againCommand, applyCommand, approvalCommand, approvalManifest } from './approval.ts';

/**
 * How it comes to be: never on a page of a cluster, since who somebody is, is the API server's to
 * vouch for; without one by whoever holds the token, on the machine itself.
 */
export function Approve({ proposal }: { proposal: ProposalShownAnswer }) {
  const { data } = useQuery(replicasQuery);
  if (!data) return <Skeleton rows={3} label="loading how it comes to be" />;
  const alone = aloneIn(data);
  if (!isOfIndex(proposal)) return isOpen(proposal) ? <ByHand /> : null;
  if (isOpen(proposal)) return <ToApprove proposal={proposal} alone={alone} />;
  if (mayComeAgain(proposal.state.phase)) return <Again proposal={proposal} alone={alone} />;
  return alone && proposal.state.phase === 'Approved' ? (
    <ToApply proposal={proposal} alone={alone} />
  ) : null;
}

function ToApprove({
  proposal,
  alone,
}: {
  proposal: ProposalShownAnswer;
  alone: Folders | undefined;
}) {
  return (
    <section className={styles.approve} aria-labelledby="approve">
      <h2 id="approve">To approve it</h2>
      <p>
        {alone
          ? 'On the machine of this program. An approval is for exactly what is above, by its hash:'
          : 'The API server vouches for who you are, so it is not done here. ' +
            'An approval is for exactly what is above, by its hash:'}
      </p>
      <p className={styles.hash}>
        <code>{proposal.contentHash}</code>
        <CopyButton text={proposal.contentHash} label="copy the hash" />
      </p>
      {proposal.mayApprove && <Decide proposal={proposal} />}
      <CodeBlock text={approvalCommand(proposal, alone)} label="copy the command" />
      {!alone && (
        <details>
          <summary>Without the plugin of kubectl</summary>
          <CodeBlock text={approvalManifest(proposal)} label="copy the manifest" />
        </details>
      )}
      <p className={styles.soft}>
        {alone
          ? 'Nothing runs by it: dbintel apply does, by a role that owns the table.'
          : 'Where its target says advice.mode: apply, it is carried out when the server is calm ' +
            'and outside of blackouts, then watched; what makes statements slower is taken back ' +
            'by itself, unless the target has that off (advice.autoRollback).'}
      </p>
    </section>
  );
}

/**
 * A second word says it, of what stands here at the first and of nothing else. What takes it stands
 * elsewhere: a double click, or Enter that is held, is one word.
 */
function Decide({ proposal: { id, contentHash } }: { proposal: ProposalShownAnswer }) {
  const client = useQueryClient();
  const [word, setWord] = useState<Decision>();
  const asked = word?.contentHash === contentHash ? word.decision : undefined;
  const give = useMutation({
    mutationFn: decide,
    onSuccess: (_, { decision }) =>
      say(decision === 'Approve' ? 'It is approved.' : 'It is rejected.'),
    onSettled: () => client.invalidateQueries({ queryKey: adviceKey }),
  });
  return (
    <>
      <div className={styles.decide}>
        {(['Approve', 'Reject'] as const).map((each) => (
          <Button
            key={each}
            aria-pressed={asked === each}
            onClick={() =>
              setWord(asked === each ? undefined : { id, contentHash, decision: each })
            }
          >
            {each}…
          </Button>
        ))}
      </div>
      {asked && (
        <div className={styles.decide}>
          <Button
            kind="primary"
            disabled={give.isPending}
            onClick={() => give.mutate({ id, contentHash, decision: asked })}
          >
            {asked === 'Approve' ? 'Yes, approve exactly this' : 'Yes, reject it'}
          </Button>
          <Button onClick={() => setWord(undefined)}>Cancel</Button>
        </div>
      )}
      {give.error && <NotDone what="done" error={give.error} />}
    </>
  );
}

const ToApply = ({ proposal, alone }: { proposal: ProposalShownAnswer; alone: Folders }) => (
  <section className={styles.approve} aria-labelledby="apply">
    <h2 id="apply">To carry it out</h2>
    <p>
      On the machine of this program, with the user and password of a role that owns the table in a
      folder; the collector’s own role cannot:
    </p>
    <CodeBlock text={applyCommand(proposal, alone)} label="copy the command" />
  </section>
);

const Again = ({
  proposal,
  alone,
}: {
  proposal: ProposalShownAnswer;
  alone: Folders | undefined;
}) => (
  <section className={styles.approve} aria-labelledby="again">
    <h2 id="again">To have it once more</h2>
    <p>
      {alone
        ? 'It is over. While the latest run still advises it, it is approved anew on the machine ' +
          'of this program:'
        : 'It is over, and another approval begins nothing. Its approval and itself are deleted; ' +
          'where it is still advised, the next run makes it anew:'}
    </p>
    <CodeBlock text={againCommand(proposal, alone)} label="copy the command" />
  </section>
);

const ByHand = () => (
  <section className={styles.approve} aria-labelledby="approve">
    <h2 id="approve">To do it</h2>
    <p>
      This is run by you: dbintel builds and drops indexes alone. The next run sees that it is done,
      and does not advise it any more.
    </p>
  </section>
);
