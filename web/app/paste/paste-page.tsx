import { useCallback, useEffect, useState } from 'react';
import { sentenceOf } from '../../../src/render/sentence.ts';
import { Button } from '../../parts/button.tsx';
import type { StartWorker } from '../../worker/client.ts';
import { ExampleCards } from './example-cards.tsx';
import { readFile, tooManyFiles } from './give.ts';
import { HowToGetOne } from './how-to.tsx';
import { PasteForm } from './paste-form.tsx';
import styles from './paste-page.module.css';
import {
  type Given,
  type Looked,
  nothingTyped,
  type PasteDraft,
  type Typed,
  textsFor,
} from './paste-state.ts';
import type { Choices } from './plan-picture.tsx';
import { type Asks, Privacy } from './privacy.tsx';
import type { Kept } from './recent.ts';
import { RecentList } from './recent-plans.tsx';
import { RefusedBand } from './refused-band.tsx';
import { Result } from './result.tsx';
import { setFragment, useFragment } from './use-fragment.ts';
import { useGiven } from './use-given.ts';
import { usePlans } from './use-plans.ts';
import { type RecentPlans, useRecent } from './use-recent.ts';
import { formatOf, sizeOf } from './words.ts';

/**
 * Read any EXPLAIN: paste it, drop it, or choose an example; see where the time goes and what to
 * do. All of it happens in this browser. The same page stands in the application and in a file of
 * its own.
 */
export function PastePage(props: {
  start: StartWorker;
  asks: Asks;
  theme?: 'light' | 'dark' | 'system';
  draft?: PasteDraft | undefined;
  onDraft?(draft: PasteDraft): void;
}) {
  const { start, asks, theme = 'system', draft, onDraft } = props;
  const plans = usePlans(start, draft?.state);
  const [typed, setTyped] = useState(draft?.typed ?? nothingTyped);
  const recent = useRecent();
  const [choices, setChoices] = useState<Choices>({});
  const [unread] = useState(draft?.state.reading ?? []);
  const { shown, reading, refusal, choosing } = plans.state;
  const { show, refuse } = plans;

  const open = useCallback(
    (texts: readonly Given[]) => {
      setChoices({});
      setFragment(undefined);
      return show(texts);
    },
    [show],
  );
  const give = (given: Given) => void open(textsFor(plans.state, given));
  const giveFiles = async (files: readonly File[]) => {
    if (files.length > 2) return refuse(tooManyFiles(files.length));
    const read = await Promise.all(files.map(readFile));
    const refused = read.find((each) => each.kind === 'refused');
    if (refused) return refuse({ ...refused, excerpt: [] });
    const texts = read.flatMap((each) => (each.kind === 'given' ? [each.given] : []));
    const [only] = texts;
    return only && texts.length === 1 ? give(only) : open(texts);
  };
  const dragging = useGiven({ onText: give, onFiles: (files) => void giveFiles(files) });
  useFragment(({ plan = '', before, ...looked }) => {
    setChoices(looked);
    void show(textsOf(plan, before));
  });
  useEffect(() => {
    // What was being read when the page was left is read again, by its own reader.
    if (unread.length > 0) void show(unread);
  }, [unread, show]);
  useEffect(() => onDraft?.({ state: plans.state, typed }), [onDraft, plans.state, typed]);
  useEffect(() => keepAll(shown, recent.keep), [shown, recent.keep]);

  const choose = (next: Choices) => {
    setChoices(next);
    setFragment(next);
  };
  const [first, ...others] = shown;
  const last = reading.at(-1);
  return (
    <div className={styles.page}>
      {refusal && <RefusedBand refusal={refusal} />}
      <p role="status" className={last ? undefined : 'unseen'}>
        {last ? `Reading ${last.name} (${sizeOf(last.text)})…` : readOf(shown)}
      </p>
      {first && !choosing ? (
        <Result
          shown={[first, ...others]}
          choices={choices}
          theme={theme}
          onChoose={choose}
          onCompare={() => plans.choose(true)}
          onShow={(looked) => void open(looked.map(({ given }) => given))}
          onClear={() => {
            setFragment(undefined);
            plans.clear();
          }}
        />
      ) : (
        <Start
          compared={choosing ? shown.at(-1) : undefined}
          busy={reading.length > 0}
          recent={recent}
          ask={plans.ask}
          typed={typed}
          onType={setTyped}
          onBack={() => plans.choose(false)}
          onGive={give}
          onFiles={(files) => void giveFiles(files)}
          onOpen={(texts) => void open(texts)}
        />
      )}
      <Privacy asks={asks} />
      {dragging && <p className={styles.drop}>Drop one plan, or two to compare them</p>}
    </div>
  );
}

/** For those who hear the page. */
const readOf = (shown: readonly Looked[]): string =>
  shown.map(({ given, read }) => `${given.name} was read. ${sentenceOf(read.plan)}`).join(' ');

/** Where one begins, and where one comes for a plan to compare with. */
function Start(props: {
  compared: Looked | undefined;
  busy: boolean;
  recent: RecentPlans;
  ask: Parameters<typeof ExampleCards>[0]['ask'];
  typed: Typed;
  onType(typed: Typed): void;
  onBack(): void;
  onGive(given: Given): void;
  onFiles(files: readonly File[]): void;
  onOpen(texts: readonly Given[]): void;
}) {
  const { compared, busy, recent, ask, onBack, onGive, onFiles, onOpen, ...form } = props;
  const openKept = ({ name, packed }: Kept) =>
    compared ? onGive({ name, text: packed }) : onOpen([{ name, text: packed }]);
  const kept = <RecentList plans={recent} onOpen={openKept} />;
  return (
    <>
      <header className={styles.lead}>
        {compared ? (
          <>
            <h1>Compare {compared.given.name} with…</h1>
            <p>
              The plan that you give now is the later one; they can be swapped.{' '}
              <Button onClick={onBack}>Back to the plan</Button>
            </p>
          </>
        ) : (
          <>
            <h1>Where does the time go, and what can be done?</h1>
            <p>
              Paste what EXPLAIN printed, of PostgreSQL, MySQL, MariaDB, SQL Server or Oracle, in
              any of its formats.
            </p>
          </>
        )}
      </header>
      <div className={styles.columns}>
        <PasteForm
          label={compared ? 'The plan to compare with' : 'Your plan'}
          busy={busy}
          onGive={onGive}
          onFiles={onFiles}
          {...form}
        />
        <HowToGetOne />
      </div>
      {recent.recent.kept.length > 0 && kept}
      {!compared && <ExampleCards ask={ask} onOpen={onOpen} />}
      {recent.recent.kept.length === 0 && kept}
    </>
  );
}

const textsOf = (plan: string, before?: string): Given[] => [
  ...(before ? [{ name: 'before, from the link', text: before }] : []),
  { name: before ? 'after, from the link' : 'from the link', text: plan },
];

/** What one has given stays at hand; the examples do anyway. */
function keepAll(shown: readonly Looked[], keep: RecentPlans['keep']): void {
  for (const { given, read } of shown)
    if (!given.isExample && read.packed !== undefined)
      keep({
        id: `${Date.now()} ${given.name}`,
        name: given.name,
        at: Date.now(),
        what: formatOf(read),
        sentence: sentenceOf(read.plan),
        packed: read.packed,
      });
}
