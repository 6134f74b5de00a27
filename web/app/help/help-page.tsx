import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asFailure } from '../../data/failure.ts';
import { codesQuery, rulesQuery } from '../../data/queries.ts';
import { Failed, Skeleton } from '../../parts/states.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { useAddress } from '../address.ts';
import { PageFoot } from '../page-foot.tsx';
import { KeysTable } from '../shell/keys-help.tsx';
import { Codes } from './codes.tsx';
import styles from './help.module.css';
import { Rules } from './rules.tsx';

/** Keys, codes and rules, as the program that answers has them. */
const tabs = [
  { key: 'keys', title: 'Keys' },
  { key: 'codes', title: 'Codes and states' },
  { key: 'rules', title: 'Rules' },
] as const;
type TabKey = (typeof tabs)[number]['key'];

export function HelpPage() {
  const [address, change] = useAddress(['tab', 'code', 'rule']);
  const tab = tabs.find(({ key }) => key === address.tab)?.key ?? 'keys';
  const [typed, setTyped] = useState('');
  return (
    <div className={styles.help}>
      <h1>Help</h1>
      <Tabs<TabKey>
        label="help"
        tabs={tabs}
        chosen={tab}
        onChoose={(key) => change({ tab: key, code: undefined, rule: undefined })}
      >
        {tab !== 'keys' && (
          <input
            type="search"
            className={styles.narrow}
            aria-label="narrow the list"
            placeholder="Narrow the list"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
        {tab === 'keys' && <KeysTable />}
        {tab === 'codes' && <CodesTab typed={typed} open={address.code} />}
        {tab === 'rules' && <RulesTab typed={typed} open={address.rule} />}
      </Tabs>
      <PageFoot command="dbintel --help" />
    </div>
  );
}

interface Narrowed {
  typed: string;
  open: string | undefined;
}

function CodesTab(narrowed: Narrowed) {
  const { data, error, refetch } = useQuery(codesQuery);
  if (error) return <NotLoaded what="The codes" error={error} onRetry={refetch} />;
  return data ? <Codes {...data} {...narrowed} /> : <Skeleton />;
}
function RulesTab(narrowed: Narrowed) {
  const { data, error, refetch } = useQuery(rulesQuery);
  if (error) return <NotLoaded what="The rules" error={error} onRetry={refetch} />;
  return data ? <Rules rules={data.items} {...narrowed} /> : <Skeleton />;
}
const NotLoaded = (props: { what: string; error: unknown; onRetry(): void }) => (
  <Failed
    what={`${props.what} cannot be shown.`}
    why={asFailure(props.error).message}
    onRetry={props.onRetry}
  />
);
