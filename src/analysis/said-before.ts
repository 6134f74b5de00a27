import { areSame } from '../base/are-same.ts';
import { createPairs } from '../base/pairs.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import type { Rule, RuleContext, RuleMatch } from './rule.ts';

/**
 * A plan that comes again comes with the same steps. A rule that has looked at nothing but these,
 * the text's shape, its tables and settings says the same of them again; one that has looked at
 * what was counted, or at anything else, is asked anew.
 */
interface Said {
  about: About;
  /** What the settled ones say, where they say something. */
  settled: Map<Rule, RuleMatch[]>;
  /** To be asked each time. */
  open: readonly Rule[];
}

interface About extends Pick<Plan, 'engine' | 'lossiness' | 'parameters'> {
  unusableIndexes: Plan['unusableIndexes'] | undefined;
  rules: readonly Rule[];
  facts: RuleContext['facts'];
  shape: RuleContext['shape'] | undefined;
  settings: RuleContext['settings'] | undefined;
}

/** Weakly: what is not among the plans that are kept is not kept for this either. */
const said = createPairs<PlanNode, object, Said>();

const ofContext: ReadonlySet<PropertyKey> = new Set(['shape', 'facts', 'settings']);
/** Besides what it is about, what stands in the same text as its steps. */
const ofPlan: ReadonlySet<PropertyKey> = new Set(
  'root engine lossiness parameters mode settings unusableIndexes'.split(' '),
);

/** What each of the rules sees, in their order; `rules`: always the same list. */
export function matchesOf(
  rules: readonly Rule[],
  plan: Plan,
  context: RuleContext,
): [Rule, RuleMatch][] {
  const { root, engine, lossiness, parameters, unusableIndexes } = plan;
  const { facts, shape, settings } = context;
  const one = facts[0] ?? shape ?? root;
  const known = said.get(root, one);
  const ofThis = { engine, lossiness, parameters, unusableIndexes };
  const about: About = { rules, ...ofThis, facts, shape, settings };
  if (known && isSame(known.about, about)) return matchesAgain(known, plan, context);
  said.set(root, one, { about, settled: new Map(), open: rules });
  return rules.flatMap((rule) => paired(rule, rule.check(plan, context)));
}

const paired = (rule: Rule, matches: readonly RuleMatch[] = []) =>
  matches.map((match): [Rule, RuleMatch] => [rule, match]);

/**
 * How often a rule has looked at what may be another the next time. By what came to it meanwhile
 * one knows whether an answer hangs on that: a rule's, or what several rules make once.
 */
export const looksSoFar = (): number => looks;
let looks = 0;

/** To watch what a rule looks at costs more than most rules: it is done once a plan comes again. */
function matchesAgain(known: Said, plan: Plan, context: RuleContext): [Rule, RuleMatch][] {
  const { settled, about } = known;
  const now = new Map<Rule, RuleMatch[]>();
  const onOther = () => {
    looks += 1;
  };
  const watchedPlan = watched(plan, ofPlan, onOther);
  const watchedContext = watched(context, ofContext, onOther);
  known.open = known.open.filter((rule) => {
    const before = looks;
    const found = rule.check(watchedPlan, watchedContext);
    const steady = looks === before;
    if (found.length > 0) (steady ? settled : now).set(rule, found);
    return !steady;
  });
  if (settled.size + now.size === 0) return [];
  return about.rules.flatMap((rule) => paired(rule, now.get(rule) ?? settled.get(rule)));
}

const isSame = (a: About, b: About): boolean =>
  a.rules === b.rules &&
  a.engine === b.engine &&
  a.parameters === b.parameters &&
  a.shape === b.shape &&
  a.settings === b.settings &&
  areSame(a.lossiness, b.lossiness) &&
  areSame(a.unusableIndexes ?? [], b.unusableIndexes ?? []) &&
  areSame(a.facts, b.facts);

/** The same, which tells when something else of it is looked at than `steady`. */
function watched<T extends object>(
  of: T,
  steady: ReadonlySet<PropertyKey>,
  onOther: () => void,
): T {
  const note = <R>(answer: R): R => {
    onOther();
    return answer;
  };
  return new Proxy(of, {
    get: (it, name) => (steady.has(name) ? Reflect.get(it, name) : note(Reflect.get(it, name))),
    has: (it, name) => note(Reflect.has(it, name)),
    ownKeys: (it) => note(Reflect.ownKeys(it)),
    getOwnPropertyDescriptor: (it, name) => note(Reflect.getOwnPropertyDescriptor(it, name)),
  });
}
