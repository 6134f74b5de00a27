import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { rulesQuery } from '../../data/queries.ts';
import { Age } from '../../parts/age.tsx';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Prose } from '../../parts/prose.tsx';
import { planPath, queryPath, targetPath } from '../paths.ts';
import { type FindingAnswer, savesWords } from './finding-words.ts';
import styles from './findings.module.css';
import { VerdictForm } from './verdict-form.tsx';

/** One finding: what, why it matters, what to do, where it is, and what one thinks of it. */
export function FindingDetail({ finding, onClose }: { finding: FindingAnswer; onClose(): void }) {
  const { namespace, name, fingerprint, hash, rule, severity, message, fix, also = [] } = finding;
  const [node = 0] = finding.nodes;
  const { data: rules } = useQuery(rulesQuery);
  const teaching = rules?.items.find(({ id }) => id === rule);
  return (
    <aside className={styles.detail} aria-label="the finding">
      <header>
        <Mark tone={severity} word={severity} />
        <Link href={`/help?tab=rules&rule=${encodeURIComponent(rule)}`}>{rule}</Link>
        <Button kind="quiet" icon="close" aria-label="close" onClick={onClose} />
      </header>
      <h2>{message}</h2>
      <dl className={styles.facts}>
        <Fact name="saves at most" value={`${savesWords(finding.saves)} of its database time`} />
        <Fact name="the statement takes" value={savesWords(finding.timeShare)} />
        {finding.confidence !== undefined && (
          <Fact name="right" value={`in ${Math.round(finding.confidence * 100)} of 100 cases`} />
        )}
      </dl>
      <section>
        <h3>What to do</h3>
        <p className={styles.fix}>{fix}</p>
        <CopyButton text={fix} label="copy what to do">
          Copy
        </CopyButton>
      </section>
      {also.length > 0 && (
        <section>
          <h3>Goes with it</h3>
          <ul>
            {also.map((each) => (
              <li key={each.rule}>
                {each.message} <span className={styles.soft}>{each.rule}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {teaching && (
        <section>
          <h3>Why it matters</h3>
          <p>
            <Prose text={teaching.why} />
          </p>
        </section>
      )}
      <section>
        <h3>Where</h3>
        <p>
          <Link href={targetPath(namespace, name)}>
            {namespace}/{name}
          </Link>
          {' · '}
          <Link href={queryPath(namespace, name, fingerprint)}>the statement</Link>
          {hash !== undefined && (
            <>
              {' · '}
              <Link href={`${planPath(namespace, name, fingerprint, hash)}?node=${node}`}>
                the plan
              </Link>
            </>
          )}
        </p>
        <p className={styles.soft}>
          first seen <Age at={finding.firstSeen} />, last <Age at={finding.lastSeen} />
          {finding.resolvedAt !== undefined && (
            <>
              , gone since <Age at={finding.resolvedAt} />
            </>
          )}
        </p>
      </section>
      <section>
        <h3>Is it right?</h3>
        <VerdictForm key={`${rule}@${fingerprint}`} finding={finding} />
      </section>
    </aside>
  );
}

const Fact = ({ name, value }: { name: string; value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);
