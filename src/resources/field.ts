import * as z from 'zod';
import {
  durationPattern,
  parseDuration,
  parsePercent,
  parseSize,
  percentPattern,
  sizePattern,
} from '../base/quantity.ts';

/**
 * The scalar types of our resources. Their texts carry the pattern; bounds are CEL rules in the CRD
 * and refinements here, from one number.
 */
interface Bounds {
  min?: string;
  max?: string;
}

/** What a schema cannot say of its fields alone: once in TypeScript, once in CEL. */
export interface Rule<Value> {
  /** Where a mistake is shown; the object itself where absent. */
  path?: string[];
  message: string;
  cel: string;
  holds(value: Value): boolean;
}

/** `schema`, in which files and API server also check `rules`. */
export function ruled<Schema extends z.ZodType>(
  schema: Schema,
  ...rules: Rule<z.output<Schema>>[]
): Schema {
  const checked = rules.reduce(
    (all, { holds, message, path }) => all.refine(holds, { message, ...(path ? { path } : {}) }),
    schema,
  );
  return checked.meta({
    'x-kubernetes-validations': rules.map(({ cel, message }) => ({ rule: cel, message })),
  });
}

function bounded(
  pattern: string,
  maxLength: number,
  what: string,
  value: (text: string) => number,
  cel: (a: string, operator: string, b: string) => string,
  { min, max }: Bounds,
) {
  const rules = [
    ...(min ? [{ rule: cel('self', '>=', `'${min}'`), message: `must be at least ${min}` }] : []),
    ...(max ? [{ rule: cel('self', '<=', `'${max}'`), message: `must be at most ${max}` }] : []),
  ];
  const regex = new RegExp(pattern);
  return z
    .string()
    .max(maxLength)
    .regex(regex, `not a ${what}`)
    .superRefine((text, context) => {
      if (!regex.test(text)) return;
      if (min && value(text) < value(min))
        context.addIssue({ code: 'custom', message: `"${text}" is below the limit of ${min}` });
      if (max && value(text) > value(max))
        context.addIssue({ code: 'custom', message: `"${text}" is above the limit of ${max}` });
    })
    .meta(rules.length ? { 'x-kubernetes-validations': rules } : {});
}

/** `60s`. Days are not offered: CEL's duration() does not know them. */
export const duration = (bounds: Bounds = {}) =>
  bounded(
    durationPattern.replace('|d', ''),
    24,
    'duration such as 60s or 100ms',
    parseDuration,
    (a, operator, b) => `duration(${a}) ${operator} duration(${b})`,
    bounds,
  );

/** `64Ki`, as Kubernetes writes quantities. */
export const size = (bounds: Bounds = {}) =>
  bounded(
    sizePattern,
    16,
    'size such as 64Ki',
    parseSize,
    (a, operator, b) => `quantity(${a}).compareTo(quantity(${b})) ${operator} 0`,
    bounds,
  );

/** `0.5%`. */
export const percent = () =>
  z
    .string()
    .max(12)
    .regex(new RegExp(percentPattern), 'not a percentage such as 80% or 0.5%')
    .superRefine((text, context) => {
      if (parsePercent(text) > 1)
        context.addIssue({ code: 'custom', message: `"${text}" is above 100%` });
    })
    .meta({
      'x-kubernetes-validations': [
        { rule: "double(self.replace('%', '')) <= 100.0", message: 'must be at most 100%' },
      ],
    });

/** A DNS-1123 subdomain, the form of Kubernetes names. */
export const objectName = () =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(
      /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
      'not a Kubernetes name (lower case letters, digits, "-" and ".")',
    );

/** Names of what a server has, or patterns of them. */
export const names = (most: number) => z.array(z.string().min(1).max(128)).max(most);
