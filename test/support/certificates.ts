import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './postgres-server.ts';

/** A certificate authority of the test's own, and what it signs. */
export interface Authority {
  folder: string;
  ca: string;
  /** Signs a certificate for a name; returns paths and contents. */
  issue(
    commonName: string,
    altName?: string,
  ): { certFile: string; keyFile: string; cert: string; key: string };
}

export function createAuthority(): Authority {
  const folder = temporaryFolder('ca');
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  );
  let serial = 0;
  return {
    folder,
    ca: readFileSync(join(folder, 'ca.crt'), 'utf8'),
    issue(commonName, altName) {
      serial += 1;
      const name = `leaf-${serial}`;
      openssl(
        'req',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        `/CN=${commonName}`,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
      );
      writeFileSync(
        join(folder, `${name}.ext`),
        altName ? `subjectAltName=${altName}\n` : 'keyUsage=digitalSignature\n',
      );
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.crt',
        '-CAkey',
        'ca.key',
        '-set_serial',
        String(serial),
        '-days',
        '2',
        '-extfile',
        `${name}.ext`,
        '-out',
        `${name}.crt`,
      );
      const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
      return {
        certFile,
        keyFile,
        cert: readFileSync(certFile, 'utf8'),
        key: readFileSync(keyFile, 'utf8'),
      };
    },
  };
}
