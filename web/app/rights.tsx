import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { sessionQuery } from '../data/queries.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { Empty } from '../parts/states.tsx';
import { grantCommands, mayRead, type RightName, rights, rightWords } from './rights.ts';

/** Something that one may not do: which right it takes, and how it is had. */
export function Missing({ right, ns }: { right: RightName; ns?: string | undefined }) {
  const { data } = useQuery(sessionQuery);
  return (
    <details>
      <summary>
        To {rights[right].does} takes the right <code>{rightWords(right)}</code>, which{' '}
        {data?.user ?? 'you'} lacks. How to get it
      </summary>
      <HowToGet right={right} ns={ns} user={data?.user ?? 'USER'} />
    </details>
  );
}

/** What is within is shown to who may read targets: of a namespace, or any at all. */
export function Readable({ ns, children }: { ns?: string; children: ReactNode }) {
  const { data } = useQuery(sessionQuery);
  if (!data || mayRead(data, ns)) return children;
  return (
    <Empty title={ns ? `You see nothing of the namespace ${ns}` : 'You may not see any target'}>
      <p>
        You are signed in as <b>{data.user}</b>. To {rights.read.does} takes the right{' '}
        <code>{rightWords('read')}</code>
        {ns ? (
          <> in this namespace. You do not have it there, or the namespace has no target.</>
        ) : (
          <> in a namespace that has targets, and you have it in none.</>
        )}
      </p>
      <HowToGet right="read" ns={ns} user={data.user} />
    </Empty>
  );
}

function HowToGet({ right, ns, user }: { right: RightName; ns: string | undefined; user: string }) {
  return (
    <>
      <p>Whoever gives rights in your cluster would type:</p>
      <CodeBlock text={grantCommands(right, user, ns).join('\n')} label="copy the commands" />
      <p>It holds half a minute later, without signing in again.</p>
    </>
  );
}
