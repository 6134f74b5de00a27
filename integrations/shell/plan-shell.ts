import { Component, createElement, type ReactNode } from 'react';
import type { Plan } from '../../src/model/plan.ts';
import { unpack } from '../../src/render/pack.ts';
import type { DbintelPlan } from '../../web/plan-view/index.ts';
import '../../web/plan-view/index.ts';
import { labelOf, type PackedPlan } from './packed-plans.ts';

/**
 * `<dbintel-plan>` and a list of plans to choose from, in a host whose React is not ours to choose:
 * a class component that is the same from React 16 to 19. Properties of the element are set when it
 * is there, since older ones know attributes only.
 */
export interface PlanShellProps {
  /** The newest first. */
  plans: readonly PackedPlan[];
  theme: 'system' | 'light' | 'dark';
  /** Said where there is none: what the host asked for. */
  nothing: string;
}

interface State {
  /** Packed: they stay chosen while the list changes under them. */
  chosen: string | undefined;
  before: string | undefined;
  /** Why the plan that is chosen cannot be read. */
  failure: string | undefined;
}

export class PlanShell extends Component<PlanShellProps, State> {
  override state: State = { chosen: undefined, before: undefined, failure: undefined };
  #element: DbintelPlan | null = null;
  #shown = '';

  override componentDidMount(): void {
    void this.#show();
  }
  override componentDidUpdate(): void {
    void this.#show();
  }

  /** A new element has nothing yet. */
  #hold = (element: DbintelPlan | null): void => {
    this.#element = element;
    this.#shown = '';
  };

  #chosen(): PackedPlan | undefined {
    const { plans } = this.props;
    return plans.find(({ packed }) => packed === this.state.chosen) ?? plans[0];
  }

  /** What was chosen meanwhile is shown in its place. */
  async #show(): Promise<void> {
    const packed = this.#chosen()?.packed;
    const { before } = this.state;
    this.#element?.set({ theme: this.props.theme });
    const wanted = `${packed} ${before}`;
    if (this.#shown === wanted) return;
    this.#shown = wanted;
    const [plan, previous] = await Promise.all([packed, before].map(read));
    if (this.#shown !== wanted) return;
    this.#element?.set({ plan: plan?.plan, previous: previous?.plan });
    this.setState({ failure: plan?.failure ?? previous?.failure });
  }

  override render(): ReactNode {
    const { plans, nothing } = this.props;
    const { failure, before } = this.state;
    const chosen = this.#chosen();
    if (!chosen) return createElement('p', { style: styles.nothing }, nothing);
    const others = plans.filter(({ packed }) => packed !== chosen.packed);
    return createElement(
      'div',
      { style: styles.shell },
      createElement(
        'div',
        { style: styles.bar },
        select('plan', plans, chosen.packed, (packed) => {
          this.setState({ chosen: packed, before: undefined });
        }),
        others.length > 0 &&
          select(
            'compared with',
            [{ packed: '', title: '–' }, ...others],
            before ?? '',
            (packed) => {
              this.setState({ before: packed || undefined });
            },
          ),
      ),
      failure !== undefined &&
        createElement('p', { role: 'alert', style: styles.nothing }, failure),
      createElement('dbintel-plan', {
        style: styles.plan,
        ref: this.#hold,
      }),
    );
  }
}

async function read(packed: string | undefined): Promise<{ plan?: Plan; failure?: string }> {
  if (packed === undefined) return {};
  try {
    return { plan: await unpack(packed) };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it is damaged';
    return { failure: `This plan cannot be read (${why}). Its attribute may have been cut.` };
  }
}

function select(
  label: string,
  plans: readonly PackedPlan[],
  value: string,
  onChoose: (packed: string) => void,
): ReactNode {
  return createElement(
    'label',
    { style: styles.label },
    `${label} `,
    createElement(
      'select',
      {
        value,
        'aria-label': label,
        style: styles.select,
        onChange: (event: { target: { value: string } }) => onChoose(event.target.value),
      },
      ...plans.map((plan) =>
        createElement('option', { key: plan.packed, value: plan.packed }, labelOf(plan)),
      ),
    ),
  );
}

/** Inline: hosts scope style sheets in ways of their own. */
const styles = {
  shell: { display: 'flex', flexDirection: 'column', gap: 8, width: '100%', height: '100%' },
  bar: { display: 'flex', flexWrap: 'wrap', gap: 12 },
  label: { display: 'inline-flex', gap: 6, alignItems: 'center', minWidth: 0 },
  select: { maxWidth: '42ch' },
  plan: { flex: 1, display: 'block', minHeight: 0 },
  nothing: { margin: 0, padding: 12 },
} as const;
