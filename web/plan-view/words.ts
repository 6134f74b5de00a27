import type { Lossiness, Plan } from '../../src/model/plan.ts';

/** What a plan does not say, or not surely: as short as a chip, and why. */
export interface Caveat {
  chip: string;
  why: string;
}

const caveats = {
  no_actuals: {
    chip: 'estimates only',
    why: 'The statement was not run: every figure is what the server expects.',
  },
  no_costs: {
    chip: 'no costs',
    why: 'This server prints no costs: shares are of the rows that are read.',
  },
  typing_unverified: {
    chip: 'types unverified',
    why: 'The types of its parameters were guessed, and could not be compared with the real ones.',
  },
  identifier_differs: {
    chip: 'may be another statement',
    why: 'What was planned has another Query Identifier than the statement of the statistics.',
  },
  list_length_unknown: {
    chip: 'length of a list unknown',
    why: 'The server tells that a list had several members, not how many: rows are of two.',
  },
  settings_differ: {
    chip: 'other settings',
    why: 'The role has planner settings that could not be set when this was planned.',
  },
  rls_differs: {
    chip: 'row security differs',
    why: 'Row security may add other conditions for the role that runs it.',
  },
  shared_fingerprint: {
    chip: 'several statements',
    why: 'The server counts several statements as this one; the plan is of one of them.',
  },
  unknown_nodes: {
    chip: 'unknown steps',
    why: 'Some steps are not known here; they keep the server’s name.',
  },
  degenerate_part: {
    chip: 'a part has no plan',
    why: 'The sampled values leave a part of the statement without rows, and so without a plan.',
  },
  session_dependent: {
    chip: 'depends on the session',
    why:
      'It holds what only its session knows: a variable, || with two meanings, or a comparison ' +
      'with CAST(… AS CHAR).',
  },
} as const satisfies Record<Lossiness, Caveat>;

/** Of a plan, and of what it is compared with. */
export function caveatsOf({ lossiness, parameters, mode }: Plan, previous?: Plan): Caveat[] {
  const generic: Caveat = {
    chip: 'generic parameters',
    why: 'It was planned without the values of its parameters: rows are those of average values.',
  };
  const unlike: Caveat = {
    chip: `values ${parameters === 'sampled' ? 'later' : 'earlier'} only`,
    why:
      `The ${parameters === 'sampled' ? 'later' : 'earlier'} plan was made with values that ran, ` +
      'the other for average ones: what differs may come from that alone.',
  };
  const known = lossiness.filter((each) => each !== 'no_actuals').map((each) => caveats[each]);
  return [
    ...(mode === 'estimate' ? [caveats.no_actuals] : []),
    ...(previous && previous.parameters !== parameters
      ? [unlike]
      : parameters === 'generic'
        ? [generic]
        : []),
    ...known,
  ];
}
