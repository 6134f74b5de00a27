import { Component, createContext, type ReactNode } from 'react';

/**
 * A stand-in of New Relic's SDK, which is only in New Relic's own tools: the few parts that the
 * nerdpack uses, with rows that a test gives, and what was asked kept for it.
 */
interface Asked {
  rows: Record<string, unknown>[];
  queries: { accountIds: number[]; query: string; formatType: string; timeRange?: unknown }[];
  config?: unknown;
  urlState: Record<string, unknown>;
  redraw(): void;
}
declare global {
  var nr: Asked;
}

export class NrqlQuery extends Component<
  Asked['queries'][number] & { children(result: object): ReactNode }
> {
  static FORMAT_TYPE = { RAW: 'raw' };
  override render(): ReactNode {
    const { children, ...asked } = this.props;
    globalThis.nr.queries.push(asked);
    return children({ loading: false, error: null, data: { results: [{ events: nr.rows }] } });
  }
}
export const PlatformStateContext = createContext({ accountId: 7, timeRange: { duration: 60 } });
export const NerdletStateContext = createContext({});
export const nerdlet = {
  setConfig(config: unknown) {
    globalThis.nr.config = config;
  },
  setUrlState(state: Record<string, unknown>) {
    globalThis.nr.urlState = state;
    globalThis.nr.redraw();
  },
};
