/** What of a pasted plan was not understood; the plan is right without it. */
export interface ReadingRemark {
  /** Of the text as it was given, from 1. */
  line: number;
  /** What stands there: redacted, cut. */
  text: string;
}
