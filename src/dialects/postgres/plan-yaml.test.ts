import { expect, it } from 'vitest';
import { readPlanYaml, sniffPlanYaml } from './plan-yaml.ts';

const yaml = `- Plan: 
    Node Type: "Sort"
    Parallel Aware: false
    Total Cost: 12.50
    Sort Key: 
      - "t.\\"a\\""
      - "b: c"
    Plans: 
      - Node Type: "Seq Scan"
        Filter: "(x = 'a\\nb'::text)"
      - Node Type: "Result"
  Settings: 
    work_mem: "64MB"
  Triggers: 
  Planning Time: 0.100
`;

it('is what FORMAT JSON would have been', () => {
  expect(sniffPlanYaml(yaml)).toBe(1);
  expect(readPlanYaml(yaml)).toEqual({
    Plan: {
      'Node Type': 'Sort',
      'Parallel Aware': false,
      'Total Cost': 12.5,
      'Sort Key': ['t."a"', 'b: c'],
      Plans: [{ 'Node Type': 'Seq Scan', Filter: "(x = 'a\nb'::text)" }, { 'Node Type': 'Result' }],
    },
    Settings: { work_mem: '64MB' },
    'Planning Time': 0.1,
  });
});
it.each(['', 'a', '- a', '- Plan:\n    x', '- Plan: *a', `- Plan: "`])('refuses %j', (text) => {
  expect(() => readPlanYaml(text)).toThrow(expect.objectContaining({ code: 'unparsable' }));
});
it('refuses what is nested deeper than anyone reads', () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => `${' '.repeat(2 * i)}Plans: `);
  expect(() => readPlanYaml(lines.join('\n'))).toThrow(
    expect.objectContaining({ code: 'too_large' }),
  );
});
