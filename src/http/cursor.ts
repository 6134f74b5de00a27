/**
 * Where a page begins: so many are left out before it. What is no number is the caller's mistake.
 */
export function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw Object.assign(new Error('the cursor is none of ours'), { statusCode: 400 });
}
