import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { AppError } from '../../base/errors.ts';
import type { Credentials } from '../../model/credentials.ts';
import type { Wire } from './wire.ts';

export type TlsMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

/**
 * Encrypts as the target says; the certificate is judged before anything secret is sent. Throws
 * what TLS says, or AppError tls_failed.
 */
export async function secure(
  wire: Wire,
  host: string,
  mode: Exclude<TlsMode, 'disable'>,
  credentials: Credentials,
): Promise<void> {
  let secured: Promise<void>;
  try {
    secured = wire.secure(tlsOptions(host, mode, credentials));
  } catch (error) {
    throw new AppError('tls_failed', 'the Secret’s ca.crt, tls.crt or tls.key cannot be read', {
      cause: error,
    });
  }
  await secured;
}

function tlsOptions(
  host: string,
  mode: Exclude<TlsMode, 'disable'>,
  { ca, cert, key }: Credentials,
): ConnectionOptions {
  const all: ConnectionOptions = {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    minVersion: 'TLSv1.2',
    // Not for an address (RFC 6066).
    ...(isIP(host) ? {} : { servername: host }),
  };
  switch (mode) {
    case 'require':
      return { ...all, rejectUnauthorized: false };
    case 'verify-ca':
      return { ...all, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    // the host as the target names it: Node compares an address with `localhost`
    case 'verify-full':
      return {
        ...all,
        rejectUnauthorized: true,
        checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
      };
    default:
      return mode satisfies never;
  }
}
