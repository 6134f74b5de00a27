import { type Theme, themes } from '../../src/render/theme.ts';

/** In forced colours everything is of the system’s: bars, numbers and shapes say all the rest. */
const forced: Theme = {
  paper: 'Canvas',
  card: 'Canvas',
  line: 'GrayText',
  ink: 'CanvasText',
  soft: 'CanvasText',
  critical: 'CanvasText',
  warning: 'CanvasText',
  info: 'Highlight',
  heat: ['Canvas', 'Canvas', 'Canvas', 'Canvas', 'Canvas', 'Canvas'],
};

export const themeOf = (isForced: boolean, isDark: boolean): Theme =>
  isForced ? forced : themes[isDark ? 'dark' : 'light'];
