import type { PlannerHabits } from '../dialect.ts';

/** What the planners of MySQL and MariaDB have in common. */
export const familyPlanner: PlannerHabits = {
  showsLimit: false,
  showsConversions: false,
  scansIndexForTable: true,
  guessesFiltered: true,
  seeksBetween: true,
  readsWhilePlanning: true,
  countsDerived: true,
  ordersBehindNull: true,
  skipsGroups: true,
  showsWidth: false,
  pageBytes: 16_384,
};
