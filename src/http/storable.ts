import type { FastifyRequest } from 'fastify';

/**
 * Whether a request has a character that no text of ours may have: PostgreSQL keeps no NUL, and
 * none of our names, reasons and words has one. Pure.
 */
export function hasNul(value: unknown): boolean {
  const left: unknown[] = [value];
  while (left.length) {
    const each = left.pop();
    if (typeof each === 'string') {
      if (each.includes('\0')) return true;
    } else if (typeof each === 'object' && each !== null)
      for (const [key, inner] of Object.entries(each)) left.push(key, inner);
  }
  return false;
}

export async function refuseNul({ params, query, body }: FastifyRequest): Promise<void> {
  if (!hasNul([params, query, body])) return;
  throw Object.assign(new Error('a NUL character is in no text of ours'), { statusCode: 400 });
}
