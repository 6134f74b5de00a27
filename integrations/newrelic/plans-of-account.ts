import { NrqlQuery, type NrqlResult } from 'nr1';
import { createElement, type ReactNode } from 'react';
import { PlanShell } from '../shell/plan-shell.ts';
import { planQuery, plansOf, type RawResult } from './log-rows.ts';

/** The plans of an account's logs. New ones come once a minute. */
const poll_ms = 60_000;

export function plansOfAccount(props: {
  accountId: number;
  where: string | undefined;
  timeRange: unknown;
}): ReactNode {
  const { accountId, where, timeRange } = props;
  const asked = {
    accountIds: [accountId],
    query: planQuery(where),
    formatType: NrqlQuery.FORMAT_TYPE.RAW,
    pollInterval: poll_ms,
    ...(timeRange ? { timeRange } : {}),
  };
  return createElement(NrqlQuery, asked, drawResult as never);
}

function drawResult({ loading, data, error }: NrqlResult): ReactNode {
  if (error) return said(`New Relic refused the query: ${error.message}`);
  if (!data) return said(loading ? '…' : nothing);
  return createElement(PlanShell, { plans: plansOf(data as RawResult), theme: 'system', nothing });
}

export const said = (text: string): ReactNode =>
  createElement('p', { style: { padding: 12 } }, text);

const nothing =
  'No log record with db.query.plan.packed in this time. dbintel writes it where ' +
  'DBINTEL_OTLP_PLAN is packed or both.';
