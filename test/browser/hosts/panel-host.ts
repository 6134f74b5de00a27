import * as react from 'react';
import { createRoot } from 'react-dom/client';

/**
 * A page in the place of Grafana: it loads the panel as AMD, with the one React that it shares, and
 * hands it frames and a size.
 */
interface Loaded {
  plugin: { panel: react.ComponentType<object>; options: string[] };
}

class PanelPlugin {
  options: string[] = [];
  readonly panel: react.ComponentType<object>;
  constructor(panel: react.ComponentType<object>) {
    this.panel = panel;
  }
  setPanelOptions(build: (builder: object) => unknown): this {
    build({
      addTextInput: ({ path }: { path: string }) => {
        this.options.push(path);
      },
    });
    return this;
  }
}

const shared: Record<string, unknown> = {
  react,
  '@grafana/data': { PanelPlugin },
  '@grafana/runtime': { config: { theme2: { isDark: true } } },
};

function define(names: string[], factory: (...parts: unknown[]) => void): void {
  const exports = {};
  factory(...names.map((name) => (name === 'exports' ? exports : shared[name])));
  const { plugin } = exports as Loaded;
  const root = createRoot(document.getElementById('root') as Element);
  Object.assign(globalThis, {
    options: plugin.options,
    reactVersion: react.version,
    draw: (series: unknown[], options: object) =>
      root.render(
        react.createElement(plugin.panel, {
          data: { series },
          width: 1_200,
          height: 700,
          options,
        } as object),
      ),
  });
}
Object.assign(globalThis, { define: Object.assign(define, { amd: {} }) });

const script = document.createElement('script');
script.src = '/module.js';
document.head.append(script);
