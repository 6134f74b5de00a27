/**
 * Of New Relic's SDK, what is used here. It is in the host and in the tools that New Relic gives to
 * its customers; the package of that name on npm is somebody else's.
 */
declare module 'nr1' {
  import type { Component, Context, ReactNode } from 'react';

  export interface NrqlResult {
    loading: boolean;
    data?: unknown;
    error?: { message: string } | null;
  }
  export class NrqlQuery extends Component<{
    accountIds: readonly number[];
    query: string;
    formatType: string;
    timeRange?: unknown;
    pollInterval?: number;
    children?: ReactNode;
  }> {
    static readonly FORMAT_TYPE: { RAW: string };
  }
  export const PlatformStateContext: Context<{ accountId?: number; timeRange?: unknown }>;
  export const NerdletStateContext: Context<{ where?: string }>;
  export const nerdlet: {
    setConfig(config: { accountPicker?: boolean; timePicker?: boolean }): void;
    setUrlState(state: Record<string, unknown>): void;
  };
}
