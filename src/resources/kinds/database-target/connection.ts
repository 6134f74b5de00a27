import * as z from 'zod';
import { objectName, ruled } from '../../field.ts';
import { loginMethods } from './engine-rules.ts';

/** `spec.connection`: where the server is, who logs in, and how far the server is trusted. */
const secretRef = z.strictObject({
  name: objectName().describe('Name of a Secret in the target’s own namespace.'),
});
const folder = () => z.string().min(1).max(1_024).optional();

const credentials = ruled(
  z.strictObject({
    secretRef: secretRef.optional(),
    file: folder().describe('A folder with the files username and password.'),
  }),
  {
    message: 'choose exactly one of secretRef and file',
    cel: 'has(self.secretRef) != has(self.file)',
    holds: ({ secretRef, file }) => (secretRef === undefined) !== (file === undefined),
  },
).describe(
  'Keys username and password; read again when the server refuses them, ' +
    'so rotation needs no restart.',
);

const tls = ruled(
  z.strictObject({
    mode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']).default('verify-full'),
    secretRef: secretRef.optional(),
    file: folder().describe('A folder with the files ca.crt, tls.crt, tls.key.'),
  }),
  {
    message: 'choose one of secretRef and file',
    cel: '!(has(self.secretRef) && has(self.file))',
    holds: ({ secretRef, file }) => secretRef === undefined || file === undefined,
  },
).describe('Keys ca.crt, tls.crt, tls.key, each only where used.');

/** A colon stands in an address of IPv6 alone, which has two at least: never before a port. */
const hostPattern = /^(?:[A-Za-z0-9._-]+|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)$/;

export const connection = z.strictObject({
  host: z
    .string()
    .min(1)
    .max(253)
    .regex(hostPattern, 'not a host name or address alone (its port is said by port)'),
  port: z.int().min(1).max(65_535).optional().describe('The engine’s own port where absent.'),
  database: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      'postgres: the database in which the server’s statistics are read, required. ' +
        'mysql and mariadb: left out; they keep them in performance_schema.',
    ),
  credentials,
  tls: tls.prefault({}).describe('Default: encrypted, certificate and host name verified.'),
  requireAuth: z
    .array(loginMethods)
    .min(1)
    .max(8)
    .optional()
    .describe(
      'Ways to log in that are accepted, also without TLS. Where absent: ' +
        'all that do not give the server the password itself; with TLS also password, ' +
        'sha256_password and the full exchange of caching_sha2_password.',
    ),
});
