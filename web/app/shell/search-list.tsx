import type { SearchAnswer } from '../../data/answers.ts';
import { Shape } from '../../parts/mark.tsx';
import { type HitGroup, hitGroups, searchGap } from './search-hits.ts';
import styles from './search-list.module.css';

/** What was found, by kind; the one that is chosen with the arrows is marked. */
export function SearchList(props: {
  id: string;
  answer: SearchAnswer;
  active: number;
  onGo(to: string): void;
}) {
  const { id, answer, active, onGo } = props;
  const groups = hitGroups(answer);
  const gap = searchGap(answer);
  return (
    <div className={styles.list}>
      {groups.map((group, at) => (
        <Group
          key={group.title}
          group={group}
          id={id}
          from={groups.slice(0, at).reduce((sum, { hits }) => sum + hits.length, 0)}
          active={active}
          onGo={onGo}
        />
      ))}
      {groups.length === 0 && <p>Nothing has “{answer.q}” in it.</p>}
      {gap && <p>{gap}</p>}
    </div>
  );
}

function Group(props: {
  group: HitGroup;
  id: string;
  from: number;
  active: number;
  onGo(to: string): void;
}) {
  const { group, id, from, active, onGo } = props;
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
    <div role="group" aria-label={group.title}>
      <p aria-hidden="true">
        {group.title}
        {group.more && ' · there are more'}
      </p>
      {group.hits.map(({ key, to, tone, title, note }, at) => (
        <div
          key={key}
          id={`${id}-${from + at}`}
          role="option"
          tabIndex={-1}
          aria-selected={from + at === active}
          // Before the field is left, which closes the list.
          onPointerDown={(event) => {
            event.preventDefault();
            onGo(to);
          }}
        >
          {tone && <Shape tone={tone} />}
          <span title={title}>{title}</span>
          <em>{note}</em>
        </div>
      ))}
    </div>
  );
}
