import { expect, it } from 'vitest';
import { readPlanXml, sniffPlanXml } from './plan-xml.ts';

const xml = `<explain xmlns="http://www.postgresql.org/2009/explain">
  <Query>
    <Plan>
      <Node-Type>Sort</Node-Type>
      <Parallel-Aware>false</Parallel-Aware>
      <Sort-Key>
        <Item>a &lt; b &amp;&amp; &quot;c&quot;</Item>
      </Sort-Key>
      <I-O-Read-Time>0.5</I-O-Read-Time>
      <Plans>
        <Plan>
          <Node-Type>Seq Scan</Node-Type>
          <Alias>12</Alias>
          <Plan-Rows>3</Plan-Rows>
        </Plan>
      </Plans>
    </Plan>
    <Triggers>
    </Triggers>
  </Query>
</explain>`;

it('is what FORMAT JSON would have been', () => {
  expect(sniffPlanXml(xml)).toBe(1);
  expect(readPlanXml(xml).Plan).toEqual({
    'Node Type': 'Sort',
    'Parallel Aware': false,
    'Sort Key': ['a < b && "c"'],
    'I/O Read Time': 0.5,
    Plans: [{ 'Node Type': 'Seq Scan', Alias: '12', 'Plan Rows': 3 }],
  });
});
it.each([
  '',
  '<a>',
  '<explain></a>',
  '<!DOCTYPE x [<!ENTITY a "b">]><explain><Query><Plan/></Query></explain>',
  xml.replace('<Query>', '<Query><Query>'),
])('refuses %j', (text) => {
  expect(() => readPlanXml(text)).toThrow(expect.objectContaining({ code: 'unparsable' }));
});
it('refuses what is nested deeper than anyone reads', () => {
  expect(() => readPlanXml('<explain>'.repeat(2_000))).toThrow(
    expect.objectContaining({ code: 'too_large' }),
  );
});
