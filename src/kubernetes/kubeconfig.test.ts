import { expect, it, onTestFinished, vi } from 'vitest';
import { loadConfig } from './kubeconfig.ts';

it('says that no cluster is configured, and asks none that nobody named', () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv('KUBECONFIG', '');
  vi.stubEnv('HOME', '/nonexistent');
  expect(() => loadConfig({})).toThrow(
    expect.objectContaining({
      code: 'cluster_failed',
      message: expect.stringContaining('no cluster is configured'),
    }),
  );
});
