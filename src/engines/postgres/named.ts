import { hash } from 'node:crypto';
import { redactSql } from '../../dialects/postgres/redact.ts';
import type { Among } from './meanings.ts';
import { qualify } from './qualify.ts';
import { sqlName } from './sql-names.ts';
import type { KnownStatement } from './statement-cache.ts';

/**
 * The tables of another schema make another statement of the same text: it is shown with their
 * schema written out. The fingerprint of texts has no schemas, and so its own is made of both.
 */
export function namedIn(
  known: KnownStatement,
  { schema, names }: Among,
): NonNullable<KnownStatement['named']> {
  if (known.named?.schema === schema) return known.named;
  const { text = '', parsed, fingerprint, redacted = '' } = known;
  const sites = parsed?.sites ?? [];
  const schemas = sites.map((site) =>
    site.what === 'relation' && !site.schema && names.includes(site.name) ? schema : undefined,
  );
  const written = qualify(text, sites, schemas, sqlName);
  const value = hash('sha256', `${schema}.\n${fingerprint.value}`, 'hex').slice(0, 16);
  known.named = {
    schema,
    fingerprint: { ...fingerprint, value },
    redacted: written === undefined ? redacted : redactSql(written),
  };
  return known.named;
}
