import type { SpecAnswers } from '../dialect.ts';

/** What a target of MySQL or MariaDB may say. Its statistics are in performance_schema. */
export const familySpec = {
  explainVia: ['direct', 'procedure'],
  whatIf: 'rules',
  loginMethods: [
    'caching_sha2_password',
    'mysql_native_password',
    'sha256_password',
    'mysql_clear_password',
  ],
  ownDatabases: ['mysql', 'sys', 'performance_schema', 'information_schema'],
  rules: [],
  failsWithoutHinted: true,
} as const satisfies SpecAnswers;
