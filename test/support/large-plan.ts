import type { Plan } from '../../src/model/plan.ts';
import { planOf, seq } from './plans.ts';

/**
 * A plan of that many nodes, the same for the same seed: joins over joins, partitions under an
 * Append, and a few steps that take most of the time.
 */
export function largePlan(nodes: number, seed = 42): Plan {
  const next = randomOf(seed);
  const root = branch(nodes, next, { left: 0 });
  let at = 0;
  const hot = new Set([Math.floor(nodes * 0.31), Math.floor(nodes * 0.62), nodes - 2]);
  // Times are inclusive: each step adds its own to what is below it.
  const measure = (node: Drawn): number => {
    const own = hot.has(at++) ? nodes * (0.05 + next() * 0.1) : next();
    const total = own + (node.Plans ?? []).reduce((sum, child) => sum + measure(child), 0);
    const rows = Number(node['Plan Rows']);
    Object.assign(node, {
      'Total Cost': total * 10,
      'Actual Total Time': total,
      'Actual Startup Time': total / 10,
      'Actual Rows': Math.ceil(rows * (next() < 0.1 ? 200 * next() : 0.5 + next())),
      'Actual Loops': 1,
    });
    return total;
  };
  measure(root);
  return planOf(root);
}

interface Drawn extends Record<string, unknown> {
  Plans?: Drawn[];
}

const tables = ['orders', 'items', 'customers', 'events', 'payments', 'shipments', 'stock'];

function branch(size: number, next: () => number, named: { left: number }): Drawn {
  const rows = Math.ceil(10 ** (1 + next() * 5));
  if (size <= 1)
    return { ...seq(`${tables[Math.floor(next() * 7)]}_${named.left++}`), 'Plan Rows': rows };
  if (size < 40 && size > 12)
    return {
      'Node Type': 'Append',
      'Startup Cost': 0,
      'Plan Rows': rows,
      Plans: Array.from({ length: size - 1 }, (_, i) => ({
        ...seq(`events_2026_${i}`),
        'Plan Rows': rows,
      })),
    };
  const one = size === 2 || next() < 0.25;
  const outer = one ? size - 1 : Math.max(1, Math.floor((size - 1) * (0.4 + next() * 0.5)));
  const inner = size - 1 - outer;
  return {
    'Node Type': one ? (next() < 0.5 ? 'Sort' : 'Materialize') : 'Nested Loop',
    ...(one ? {} : { 'Join Type': next() < 0.3 ? 'Left' : 'Inner' }),
    'Startup Cost': 0,
    'Plan Rows': rows,
    Plans: [
      { ...branch(outer, next, named), 'Parent Relationship': 'Outer' },
      ...(inner > 0 ? [{ ...branch(inner, next, named), 'Parent Relationship': 'Inner' }] : []),
    ],
  };
}

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}
