import type { MouseEvent } from 'react';
import type { FleetCounts } from '../../data/answers.ts';
import { Shape, type Tone } from '../../parts/mark.tsx';
import { looksOf, stateNames } from './state-words.ts';
import styles from './tiles.module.css';

/** How many there are of each kind; each is a filter. With Shift, one is added to the others. */
export interface Tile {
  key: string;
  filter: { name: 'state' | 'findings'; value: string };
  tone: Tone;
  word: string;
  count: number;
}

export function tilesOf({ kinds, states, critical }: FleetCounts): Tile[] {
  const ofState = stateNames.flatMap((state): Tile[] => {
    const count = states[state] ?? 0;
    if (!count && state !== 'stopped' && state !== 'collecting') return [];
    return [{ key: state, filter: { name: 'state', value: state }, ...looksOf(state), count }];
  });
  return [
    {
      key: 'needs-you',
      filter: { name: 'state', value: 'needs-you' },
      tone: kinds['needs-you'] ? 'warning' : 'calm',
      word: 'need you',
      count: kinds['needs-you'],
    },
    ...ofState,
    {
      key: 'critical',
      filter: { name: 'findings', value: 'critical' },
      tone: 'critical',
      word: 'with critical findings',
      count: critical,
    },
  ];
}

export function Tiles(props: {
  counts: FleetCounts;
  state: string | undefined;
  findings: string | undefined;
  onChange(change: { state?: string | undefined; findings?: string | undefined }): void;
}) {
  const { counts, onChange, ...chosen } = props;
  const isOn = ({ filter }: Tile) => listOf(chosen[filter.name]).includes(filter.value);
  const press = (tile: Tile, event: MouseEvent) => {
    const { name, value } = tile.filter;
    const others = listOf(chosen[name]).filter((each) => each !== value);
    const kept = event.shiftKey && name === 'state' ? others : [];
    onChange({ [name]: (isOn(tile) ? kept : [...kept, value]).join(',') || undefined });
  };
  return (
    <fieldset className={styles.tiles}>
      <legend className="unseen">filter by state</legend>
      {tilesOf(counts).map((tile) => (
        <button
          key={tile.key}
          type="button"
          aria-pressed={isOn(tile)}
          className={tile.count === 0 ? styles.none : undefined}
          onClick={(event) => press(tile, event)}
        >
          <Shape tone={tile.count === 0 ? 'silent' : tile.tone} />
          <b>{tile.count.toLocaleString('en-US')}</b>
          <span>{tile.word}</span>
        </button>
      ))}
    </fieldset>
  );
}

const listOf = (words: string | undefined): string[] => words?.split(',').filter(Boolean) ?? [];
