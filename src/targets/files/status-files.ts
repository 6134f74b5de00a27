import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import { parseStatus } from '../../resources/kinds/database-target/former-names.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { type Target, targetLabel } from '../../resources/kinds/database-target/target.ts';
import type { TargetIdentity } from '../target-store.ts';

/** Statuses in a folder, one JSON file a target, replaced at once. */
export interface StatusFiles {
  /** As last written or read. */
  known(target: Named): DatabaseTargetStatus | undefined;
  read(target: Named): Promise<DatabaseTargetStatus | undefined>;
  /** Returns at once; one after the other, and a failure is told. */
  write(target: TargetIdentity, status: DatabaseTargetStatus): void;
  /** What was taken of these has been written; of all where none are named. */
  settle(uids?: readonly string[]): Promise<void>;
  forget(target: Named): void;
}

type Named = Pick<Target, 'namespace' | 'name'>;

export function openStatusFiles(folder: string, logger: Logger, metrics: Metrics): StatusFiles {
  const failures = metrics.counter(
    'dbintel_status_write_failures_total',
    'Status writes that failed or were refused.',
  );
  const statuses = new Map<string, DatabaseTargetStatus>();
  const writing = new Map<string, Promise<void>>();
  const path = (target: Named) => join(folder, statusFile(target));
  return {
    known: (target) => statuses.get(targetLabel(target)),
    async read(target) {
      try {
        const status = parseStatus(JSON.parse(await readFile(path(target), 'utf8')));
        statuses.set(targetLabel(target), status);
        return status;
      } catch (error) {
        // A status is made anew by the next cycle: one that is unreadable (a full disk, an older
        // version) is none.
        if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'ENOENT')
          logger.warn(
            { target: targetLabel(target), error },
            'its status cannot be read; it starts anew',
          );
        return undefined;
      }
    },
    write(target, status) {
      statuses.set(targetLabel(target), status);
      const before = writing.get(target.uid) ?? Promise.resolve();
      const written = before
        .then(() => replaceFile(path(target), JSON.stringify(status)))
        .catch((error: unknown) => {
          failures.inc();
          logger.warn({ target: targetLabel(target), error }, 'status could not be written');
        })
        .finally(() => {
          if (writing.get(target.uid) === written) writing.delete(target.uid);
        });
      writing.set(target.uid, written);
    },
    async settle(uids = [...writing.keys()]) {
      await Promise.all(uids.map((uid) => writing.get(uid)));
    },
    forget: (target) => void statuses.delete(targetLabel(target)),
  };
}

/** Some bytes less than a file system takes: it is written beside itself first. */
const mostName = 240;

/** `shop.orders.json`; of a name too long for that its beginning, and what tells it from others. */
export function statusFile({ namespace, name }: Named): string {
  const whole = `${namespace}.${name}`;
  if (whole.length <= mostName) return `${whole}.json`;
  const told = createHash('sha256').update(whole).digest('hex').slice(0, 16);
  return `${whole.slice(0, mostName - told.length - 1)}-${told}.json`;
}

/** Whoever reads sees the old file or the new one, never a part. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}
