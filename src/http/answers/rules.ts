import * as z from 'zod';
import { engineNames } from '../../model/engine-name.ts';
import { categories } from '../../model/finding.ts';

export const rule = z.object({
  id: z.string(),
  title: z.string(),
  why: z.string(),
  fix: z.string(),
  category: z.enum(categories),
  engines: z.array(z.enum(engineNames)),
  thresholds: z.array(
    z.object({ name: z.string(), value: z.number(), unit: z.string(), why: z.string() }),
  ),
});
export const rules = z.object({ items: z.array(rule) });
export type RulesAnswer = z.infer<typeof rules>;
