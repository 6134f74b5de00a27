import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { findingsKey, sessionQuery } from '../../data/queries.ts';
import { giveVerdict, takeVerdictBack } from '../../data/verdicts.ts';
import { Button } from '../../parts/button.tsx';
import { CliLine } from '../../parts/cli-line.tsx';
import { clock } from '../../parts/span.ts';
import { useCommands } from '../commands.ts';
import { NotDone } from '../not-done.tsx';
import { Missing } from '../rights.tsx';
import { say } from '../said.tsx';
import { type FindingAnswer, findingCommand, verdictWords } from './finding-words.ts';
import styles from './verdict-form.module.css';

/** What one says of a finding. It holds for the statement, whatever plan it comes to have. */
type Kind = 'accepted' | 'dismissed' | 'snoozed';
const verbs: Record<Kind, { title: string; does: string; verb: 'accept' | 'dismiss' | 'snooze' }> =
  {
    accepted: { title: 'Accept', does: 'It is right, and stays in sight.', verb: 'accept' },
    dismissed: { title: 'Dismiss', does: 'It is not told any more.', verb: 'dismiss' },
    snoozed: { title: 'Snooze', does: 'It is not told for a while.', verb: 'snooze' },
  };
const whiles = ['1d', '7d', '30d'] as const;

export function VerdictForm({ finding }: { finding: FindingAnswer }) {
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const [kind, setKind] = useState<Kind>();
  const commands = useCommands();
  // Pages of a target and of its statements tell of findings as well.
  const settled = () =>
    Promise.all(
      [findingsKey, ['target']].map((queryKey) => client.invalidateQueries({ queryKey })),
    );
  const give = useMutation({
    mutationFn: giveVerdict,
    onSuccess: (said) => say(`It is ${verdictWords[said.kind]}.`),
    onSettled: settled,
  });
  const takeBack = useMutation({
    mutationFn: takeVerdictBack,
    onSuccess: () => {
      give.reset();
      say('It is taken back.');
    },
    onSettled: settled,
  });
  const error = give.error ?? takeBack.error;
  if (session && !session.mayJudge) return <Missing right="judge" />;
  // Of one that has left the list by it, the list does not tell any more.
  const verdict = finding.verdict ?? give.data;
  if (verdict)
    return (
      <div className={styles.form}>
        <p>
          <b>{verdictWords[verdict.kind]}</b> by {verdict.by}, {clock(verdict.at)}
          {verdict.until !== undefined && `, until ${clock(verdict.until)}`}
          {verdict.why && `: ${verdict.why}`}
        </p>
        {verdict.declared ? (
          <p className={styles.soft}>The target’s annotation says so; change it there.</p>
        ) : (
          <Button onClick={() => takeBack.mutate(finding)} disabled={takeBack.isPending}>
            Take it back
          </Button>
        )}
        {error && <NotDone what="done" error={error} />}
      </div>
    );
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!kind) return;
    const form = new FormData(event.currentTarget);
    const why = String(form.get('why') ?? '').trim();
    give.mutate({ finding, kind, why, until: String(form.get('until') ?? whiles[1]) });
  };
  return (
    <form className={styles.form} onSubmit={send}>
      <div className={styles.verbs}>
        {(Object.keys(verbs) as Kind[]).map((each) => (
          <Button
            key={each}
            aria-pressed={kind === each}
            title={verbs[each].does}
            onClick={() => setKind(kind === each ? undefined : each)}
          >
            {verbs[each].title}
            {each === 'snoozed' && '…'}
          </Button>
        ))}
      </div>
      {kind && (
        <>
          <p className={styles.soft}>{verbs[kind].does}</p>
          {kind === 'snoozed' && (
            <label>
              For
              <select name="until" defaultValue={whiles[1]}>
                {whiles.map((each) => (
                  <option key={each} value={each}>
                    {each.replace('d', each === '1d' ? ' day' : ' days')}
                  </option>
                ))}
              </select>
            </label>
          )}
          <label>
            Why{kind === 'dismissed' ? '' : ' (may be left out)'}
            <input name="why" maxLength={400} required={kind === 'dismissed'} autoComplete="off" />
          </label>
          <Button type="submit" kind="primary" disabled={give.isPending}>
            {verbs[kind].title}
          </Button>
          <CliLine command={commands.finding(findingCommand(finding, verbs[kind].verb))} />
        </>
      )}
      {error && <NotDone what="done" error={error} />}
    </form>
  );
}
