import type { MetricName } from '../../src/render/metric.ts';
import { whyNot } from '../../src/render/why-not.ts';
import { copyImage, copyText } from './clipboard.ts';
import { spoken, textOf } from './drawer.ts';
import { search } from './model.ts';
import type { Shown, ShownPlan } from './shown.ts';
import type { Choices, Fold, PlanViewEvents, PlanViewProperties, ViewName } from './types.ts';

/** What can be chosen: each changes what the element holds, tells its host, and is said aloud. */
export interface ActsDeps {
  shown(): Shown | undefined;
  change(change: Partial<PlanViewProperties>): void;
  choose(choices: Partial<Choices>): void;
  tell<E extends keyof PlanViewEvents>(event: E, detail: PlanViewEvents[E]): void;
  /** To those who listen; `isSeen`: to all. */
  say(text: string, isSeen?: boolean): void;
}

export function createActs({ shown, change, choose, tell, say }: ActsDeps) {
  const plan = (): ShownPlan | undefined => shown()?.plan;
  const copy = async (text: string, what: PlanViewEvents['copy-done']['what']) =>
    copied(what, await copyText(text));
  const copied = (what: PlanViewEvents['copy-done']['what'], done: boolean) => {
    say(done ? `Copied the ${what}` : 'The browser allows no copying here', true);
    if (done) tell('copy-done', { what });
  };
  return {
    copy,
    choose,
    search(query: string) {
      const now = plan();
      if (now) choose({ query, hits: search(now.model, query) });
    },
    pick(at: number | undefined) {
      const now = plan();
      choose({ gone: undefined });
      change({ selected: at });
      tell('node-select', { id: at });
      if (!now || at === undefined) return say('');
      say(spoken(now.model, at, `${now.metric.text(at)} ${now.metric.title}`.trim()));
    },
    fold(next: Fold) {
      change({ fold: next });
      tell('fold-change', next);
    },
    metric(name: MetricName) {
      const given = plan()?.model.plan;
      const reason = given && whyNot(given, name);
      if (reason) return say(reason, true);
      change({ metric: name });
      tell('metric-change', { metric: name });
      say(`Coloured by ${name}`);
    },
    view(name: ViewName) {
      change({ view: name });
      tell('view-change', { view: name });
    },
    copyNode() {
      const [model, at] = [plan()?.model, shown()?.given.selected];
      if (model && at !== undefined) void copy(textOf(model, at), 'node');
    },
    async copyPicture(png: Promise<Blob | null>) {
      copied('picture', await copyImage(png));
    },
  };
}
export type Chosen = ReturnType<typeof createActs>;
