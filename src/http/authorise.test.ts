import { expect, it } from 'vitest';
import { createAuthoriser } from './authorise.ts';

it.each([
  [true, 'GET', undefined, true],
  [true, 'HEAD', undefined, true],
  [true, 'POST', undefined, false],
  [false, 'GET', undefined, false],
  [false, 'GET', 'Bearer secret', true],
  [true, 'POST', 'bearer secret', true],
  [true, 'POST', 'Bearer secre', false],
  [true, 'POST', 'Basic secret', false],
])('loopback %s, %s with %s: %s', (loopback, method, authorization, passes) => {
  const mayPass = createAuthoriser({ token: 'secret', loopback });
  expect(mayPass({ method, authorization })).toBe(passes);
});
