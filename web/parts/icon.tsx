import styles from './icon.module.css';
import { type IconName, icons } from './icons.ts';

/** One of the strokes that plans are drawn with. What it means is said beside it. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className={styles.icon} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={icons[name]} />
    </svg>
  );
}
