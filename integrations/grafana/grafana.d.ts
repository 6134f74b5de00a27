/** Of Grafana's own packages, what is used here. They are in the host, which shares them. */
declare module '@grafana/data' {
  import type { ComponentType } from 'react';
  import type { Field } from './frames.ts';

  export interface PanelProps<Options> {
    data: { series: readonly { fields: readonly Field[] }[] };
    width: number;
    height: number;
    options: Options;
  }
  export interface PanelOptionsBuilder {
    addTextInput(config: {
      path: string;
      name: string;
      description: string;
      defaultValue: string;
    }): PanelOptionsBuilder;
  }
  export class PanelPlugin<Options> {
    constructor(panel: ComponentType<PanelProps<Options>>);
    setPanelOptions(build: (builder: PanelOptionsBuilder) => unknown): this;
  }
}
declare module '@grafana/runtime' {
  export const config: { theme2: { isDark: boolean } };
}
