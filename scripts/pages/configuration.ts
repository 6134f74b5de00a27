import { configFields } from '../../src/config.ts';
import { chartEnvironment } from '../chart-environment.ts';
import { code, page, table, wrap } from './markdown.ts';

/** docs/configuration.md: every variable of the environment, and the chart's value that sets it. */
export const configDocs = (): string =>
  page(
    'Configuration of the program',
    wrap(
      'Read from the environment at start; every mistake is told at once. ' +
        'Flags of the commands win. The last column names the value of the ' +
        '[chart](install.md) that sets the variable; what has none is set with `extraEnv`.',
    ),
    table(
      ['variable', 'default', 'meaning', 'value of the chart'],
      configFields.map(({ name, fallback, meaning }) => [
        code(name),
        fallback ? code(fallback) : '–',
        meaning,
        inChart(name),
      ]),
    ),
  );

function inChart(name: keyof typeof chartEnvironment): string {
  const how = chartEnvironment[name];
  switch (how.kind) {
    case 'value':
      return code(how.path);
    case 'fixed':
      return how.why;
    case 'none':
      return `none: ${how.why}`;
    default:
      return how satisfies never;
  }
}
