/**
 * How one gets a plan, by engine: the line to put before the statement, and what it does to the
 * server. What runs the statement says so: an UPDATE under ANALYZE updates.
 */
export interface ExplainLine {
  line: string;
  /** It only plans, or it runs the statement and counts. */
  runs: boolean;
  /** What one gets, and what to know of it. */
  note: string;
}

export interface HowTo {
  engine: string;
  /** Versions that are read, and spellings. */
  reads: string;
  lines: readonly ExplainLine[];
}

export const howTos: readonly HowTo[] = [
  {
    engine: 'PostgreSQL',
    reads: '14 to 18: text, JSON, YAML, XML; out of psql, DBeaver, or a log of auto_explain',
    lines: [
      {
        line: 'EXPLAIN (ANALYZE, BUFFERS) SELECT …;',
        runs: true,
        note: 'Times, rows and pages as they were. Best for finding out what is slow.',
      },
      {
        line: 'BEGIN; EXPLAIN (ANALYZE, BUFFERS) UPDATE …; ROLLBACK;',
        runs: true,
        note: 'The same for what writes: it is undone, but locks rows and fires triggers.',
      },
      {
        line: 'EXPLAIN SELECT …;',
        runs: false,
        note: 'What the planner expects. Nothing runs.',
      },
      {
        line: 'EXPLAIN (GENERIC_PLAN) SELECT … WHERE id = $1;',
        runs: false,
        note: 'From 16 on: a statement with its parameters left open.',
      },
    ],
  },
  {
    engine: 'MySQL',
    reads: '8 and 9: JSON of both formats, TREE, the table; out of the client or Workbench',
    lines: [
      {
        line: 'EXPLAIN ANALYZE SELECT …;',
        runs: true,
        note: 'Times and rows of every step, as a tree. SELECT alone can be analysed.',
      },
      {
        line: 'EXPLAIN FORMAT=JSON SELECT …;',
        runs: false,
        note: 'Costs and rows that are expected. Tables of derived parts may be filled.',
      },
      {
        line: 'EXPLAIN FORMAT=TREE SELECT …;',
        runs: false,
        note: 'The same, in the shape of what EXPLAIN ANALYZE prints.',
      },
    ],
  },
  {
    engine: 'MariaDB',
    reads: '10.6 to 11: EXPLAIN and ANALYZE as JSON, the table',
    lines: [
      {
        line: 'ANALYZE FORMAT=JSON SELECT …;',
        runs: true,
        note: 'Rows and times of every table as they were. It runs what writes, too.',
      },
      {
        line: 'EXPLAIN FORMAT=JSON SELECT …;',
        runs: false,
        note: 'What is expected. Before 11 without costs: shares are of rows read.',
      },
    ],
  },
  {
    engine: 'SQL Server',
    reads: 'showplan XML, estimated and actual: .sqlplan files of its Management Studio',
    lines: [
      {
        line: 'SET STATISTICS XML ON; SELECT …;',
        runs: true,
        note: 'The actual plan. Save it as .sqlplan and drop the file here.',
      },
      {
        line: 'SET SHOWPLAN_XML ON;',
        runs: false,
        note: 'Alone in its batch; then the statement, which does not run.',
      },
    ],
  },
  {
    engine: 'Oracle',
    reads: 'what DBMS_XPLAN prints: TYPICAL, and ALLSTATS LAST with actual figures',
    lines: [
      {
        line: "SELECT * FROM DBMS_XPLAN.DISPLAY_CURSOR(format => 'ALLSTATS LAST');",
        runs: false,
        note: 'After a statement that ran with /*+ GATHER_PLAN_STATISTICS */.',
      },
      {
        line: 'EXPLAIN PLAN FOR SELECT …; SELECT * FROM DBMS_XPLAN.DISPLAY();',
        runs: false,
        note: 'What is expected. It writes rows of its own into PLAN_TABLE.',
      },
    ],
  },
];
