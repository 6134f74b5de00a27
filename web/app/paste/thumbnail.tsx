import { useMemo } from 'react';
import type { Plan } from '../../../src/model/plan.ts';
import { cardHeight, cardWidth } from '../../../src/render/layout.ts';
import { sceneOf } from '../../../src/render/scene.ts';
import styles from './examples.module.css';

/** A plan so small that only its shape and its heat are seen. */
export function Thumbnail({ plan }: { plan: Plan }) {
  const { cards, edges, width, height } = useMemo(
    () => sceneOf(plan, { budget: mostCards, field: { width: 1_600, height: 900 } }),
    [plan],
  );
  return (
    <svg
      className={styles.thumbnail}
      viewBox={`-4 -4 ${width + 8} ${height + 8}`}
      aria-hidden="true"
    >
      {edges.map(({ from, to, width: stroke }) => (
        <path
          key={`${from.x} ${from.y} ${to.x} ${to.y}`}
          d={`M${from.x} ${from.y}L${to.x} ${to.y}`}
          strokeWidth={stroke * 1.5}
        />
      ))}
      {cards.map(({ id, x, y, heat, value }) => (
        <g key={`${id} ${x} ${y}`}>
          <rect
            x={x}
            y={y}
            width={cardWidth}
            height={cardHeight}
            rx="6"
            style={{ fill: `var(--heat-${heat})` }}
          />
          <rect
            className={styles.bar}
            x={x + 12}
            y={y + cardHeight - 18}
            width={(cardWidth - 24) * Math.max(0.02, value)}
            height="8"
          />
        </g>
      ))}
    </svg>
  );
}

/** More would be dust. */
const mostCards = 14;
