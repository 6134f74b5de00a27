import { PlatformStateContext } from 'nr1';
import { Component, type ReactNode } from 'react';
import { consume } from '../../consume.ts';
import { plansOfAccount, said } from '../../plans-of-account.ts';

/** Plans on a dashboard: its time range, an account, and a condition of who puts it there. */
export default class QueryPlanVisualization extends Component<{
  accountId?: number | string;
  where?: string;
}> {
  override render(): ReactNode {
    const accountId = Number(this.props.accountId);
    if (!accountId) return said('Choose an account in the configuration.');
    return consume(PlatformStateContext, ({ timeRange }) =>
      plansOfAccount({ accountId, where: this.props.where, timeRange }),
    );
  }
}
