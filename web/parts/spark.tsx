import { classes } from './classes.ts';
import styles from './spark.module.css';
import { sparkPath } from './spark-path.ts';

const [width, height] = [84, 18];

/** A course of values without an axis; what it says in words is its label. */
export function Spark(props: {
  values: readonly (number | null)[];
  label: string;
  wide?: boolean;
}) {
  const { values, label, wide = false } = props;
  const { line, area } = sparkPath(values, width, height);
  if (!line) return <span className={styles.none}>–</span>;
  return (
    <svg
      className={classes(styles.spark, wide && styles.wide)}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <path className={styles.area} d={area} />
      <path className={styles.line} d={line} />
    </svg>
  );
}
