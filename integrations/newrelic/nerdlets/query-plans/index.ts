import { NerdletStateContext, nerdlet, PlatformStateContext } from 'nr1';
import { Component, createElement, type ReactNode } from 'react';
import { consume } from '../../consume.ts';
import { plansOfAccount, said } from '../../plans-of-account.ts';

/** The same as a page of its own; the condition stands in its address. */
export default class QueryPlansNerdlet extends Component {
  override componentDidMount(): void {
    nerdlet.setConfig({ accountPicker: true, timePicker: true });
  }

  override render(): ReactNode {
    return consume(PlatformStateContext, ({ accountId, timeRange }) =>
      consume(NerdletStateContext, ({ where }) =>
        createElement(
          'div',
          { style: styles.page },
          condition(where),
          createElement(
            'div',
            { style: styles.plans },
            accountId
              ? plansOfAccount({ accountId, where, timeRange })
              : said('Choose an account above.'),
          ),
        ),
      ),
    );
  }
}

const styles = {
  page: { display: 'flex', flexDirection: 'column', height: '100%', padding: 12 },
  plans: { flex: 1, minHeight: 0, paddingTop: 8 },
  where: { width: '48ch', maxWidth: '100%' },
} as const;

function condition(where: string | undefined): ReactNode {
  return createElement(
    'form',
    {
      onSubmit: (event: { preventDefault(): void; currentTarget: HTMLFormElement }) => {
        event.preventDefault();
        const asked = new FormData(event.currentTarget).get('where');
        nerdlet.setUrlState({ where: typeof asked === 'string' ? asked : '' });
      },
    },
    createElement(
      'label',
      null,
      'where ',
      createElement('input', {
        name: 'where',
        defaultValue: where ?? '',
        placeholder: "`db.namespace` = 'shop'",
        style: styles.where,
      }),
    ),
  );
}
