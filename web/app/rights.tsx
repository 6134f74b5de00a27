import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { MissingRight } from '../data/answers.ts';
import { sessionQuery } from '../data/queries.ts';
import { CliLine } from '../parts/cli-line.tsx';
import { CodeBlock } from '../parts/code-block.tsx';
import { Empty } from '../parts/states.tsx';
import { mayRead } from './rights.ts';

/** What a right is for, as a sentence goes on after "To". */
const acts: Record<MissingRight['right'], string> = {
  read: 'see targets, their statements, plans and findings',
  stop: 'stop collecting',
  resume: 'lift a stop',
  check: 'connect to a database and check what collection needs',
  judge: 'say of a finding whether it is right',
};

/** Something that one may not do: which right it takes, and how it is had. */
export function Missing({ right }: { right: MissingRight['right'] }) {
  const { data } = useQuery(sessionQuery);
  const missing = data?.missing.find((each) => each.right === right);
  if (!data || !missing) return null;
  return (
    <details>
      <summary>
        To {acts[right]} takes the right <code>{missing.need}</code>, which {data.user} lacks.
      </summary>
      <HowToGet missing={missing} />
    </details>
  );
}

/** What is within is shown to who may read targets: of a namespace, or any at all. */
export function Readable({ ns, children }: { ns?: string; children: ReactNode }) {
  const { data } = useQuery(sessionQuery);
  if (!data || mayRead(data, ns)) return children;
  const missing = data.missing.find(({ right }) => right === 'read');
  return (
    <Empty title={ns ? `You see nothing of the namespace ${ns}` : 'You may not see any target'}>
      <p>
        You are signed in as <b>{data.user}</b>. To {acts.read} takes the right{' '}
        <code>{missing?.need ?? 'get databasetargets'}</code>
        {ns ? (
          <> in this namespace. You do not have it there, or the namespace has no target.</>
        ) : (
          <> in a namespace that has targets, and you have it in none.</>
        )}
      </p>
      {missing ? (
        <HowToGet missing={missing} />
      ) : (
        <CliLine command={`kubectl auth can-i get databasetargets.dbintel.io -n ${ns}`} />
      )}
    </Empty>
  );
}

function HowToGet({ missing: { how, grant } }: { missing: MissingRight }) {
  return (
    <>
      <p>{how}</p>
      {grant.length > 0 && <CodeBlock text={grant.join('\n')} label="copy the commands" />}
    </>
  );
}
