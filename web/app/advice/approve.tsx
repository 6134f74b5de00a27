import { useQuery } from '@tanstack/react-query';
import type { ProposalAnswer } from '../../data/advice.ts';
import { replicasQuery } from '../../data/queries.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import styles from './advice.module.css';
import { approvalCommand } from './approval.ts';

/**
 * How it is approved: never on a page of a cluster, since who somebody is, is the API server's to
 * vouch for.
 */
export function Approve({ proposal }: { proposal: ProposalAnswer }) {
  const { data } = useQuery(replicasQuery);
  const alone = data?.items[0]?.session === 'alone';
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
      <CodeBlock text={approvalCommand(proposal, alone)} label="copy the command" />
      <p className={styles.soft}>
        It is built when the server is calm and outside of blackouts, then watched; what makes
        statements slower is taken back by itself.
      </p>
    </section>
  );
}
