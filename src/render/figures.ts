/** Every digit of it, `10,048`. */
export const whole = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

/** Numbers as they fit a card. */
export const round = (value: number): string =>
  value >= 9_950_000
    ? `${whole(value / 1_000_000)} M`
    : value >= 1_000_000
      ? `${(value / 1_000_000).toFixed(1)} M`
      : value >= 10_000
        ? `${Math.round(value / 1_000)} k`
        : value >= 10 || Number.isInteger(value)
          ? whole(value)
          : value.toPrecision(2);

/** What has grown for years, in a narrow column: `10 T`. */
export const counted = (value: number): string =>
  value >= 9_950_000_000_000
    ? `${whole(value / 1_000_000_000_000)} T`
    : value >= 9_950_000_000
      ? `${whole(value / 1_000_000_000)} G`
      : round(value);

/** Of what is told at all. */
const least = 0.000_5;

/** Not all, where what is left of it is told beside it. */
export const percent = (share: number): string =>
  share >= 0.1
    ? `${Math.min(Math.round(share * 100), share > 1 - least ? Infinity : 99)}%`
    : share >= least
      ? `${(share * 100).toFixed(1)}%`
      : '0%';

export const milliseconds = (ms: number): string =>
  ms >= 1_000
    ? `${ms < 100_000 ? (ms / 1_000).toPrecision(3) : whole(ms / 1_000)} s`
    : `${ms >= 10 ? Math.round(ms) : ms.toPrecision(2)} ms`;
