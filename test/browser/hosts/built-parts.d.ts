/** The built parts of the nerdpack; where they are is said by the test that builds the page. */
declare module 'nerdlet' {
  import type { ComponentType } from 'react';

  const part: ComponentType;
  export default part;
}
declare module 'visualization' {
  import type { ComponentType } from 'react';

  const part: ComponentType<{ accountId: string; where: string }>;
  export default part;
}
