import { type MetricName, whyNot } from '../../src/render/metric.ts';
import { copyImage, copyText } from './clipboard.ts';
import { h, put } from './dom.ts';
import { spoken, textOf } from './drawer.ts';
import type { Shown, ShownPlan } from './shown.ts';
import type { Choices, Fold, PlanViewEvents, PlanViewProperties, ViewName } from './types.ts';

/** What can be chosen: each changes what the element holds, tells its host, and is said aloud. */
export interface ActsDeps {
  shown(): Shown | undefined;
  change(change: Partial<PlanViewProperties>): void;
  choose(choices: Partial<Choices>): void;
  tell<E extends keyof PlanViewEvents>(event: E, detail: PlanViewEvents[E]): void;
}

export function createActs({ shown, change, choose, tell }: ActsDeps) {
  const live = h('p', { class: 'live', role: 'status' });
  const note = h('p', { class: 'note', hidden: true });
  const plan = (): ShownPlan | undefined => shown()?.plan;
  /** To those who listen; `isSeen`: to all. */
  const say = (text: string, isSeen = false) => {
    put(live, text);
    note.hidden = !isSeen;
    put(note, isSeen && text);
  };
  const copy = async (text: string, what: PlanViewEvents['copy-done']['what']) =>
    copied(what, await copyText(text));
  const copied = (what: PlanViewEvents['copy-done']['what'], done: boolean) => {
    say(done ? `Copied the ${what}` : 'The browser allows no copying here', true);
    if (done) tell('copy-done', { what });
  };
  return {
    live,
    note,
    say,
    copy,
    choose,
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
