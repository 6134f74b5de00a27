import { directions, unturned } from '../../src/base/turning.ts';

/**
 * Elements without markup: texts are texts, whatever stands in them, none is turned around, and a
 * policy with trusted types has nothing to refuse.
 */
type Value = string | number | boolean | undefined | ((event: never) => void);
export type Child = Node | string | undefined | false;

/** `onclick` and its like are listeners; what is false or undefined is left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (typeof value === 'function')
      element.addEventListener(name.slice(2), value as EventListener);
    else mark(element, name, value);
  put(element, ...children);
  return element;
}

export const put = (parent: Element, ...children: Child[]): void =>
  parent.replaceChildren(
    ...children
      .filter((child): child is Node | string => child !== undefined && child !== false)
      .map((child) => (typeof child === 'string' ? inOrder(unturned(child)) : child)),
  );

/** What is written from right to left stands by itself, so that it turns around nothing else. */
function inOrder(text: string): Node | string {
  const parts = directions(text);
  if (parts.length === 1) return text;
  const whole = document.createElement('span');
  for (const [at, part] of parts.entries()) {
    if (at % 2) whole.appendChild(document.createElement('bdi')).textContent = part;
    else whole.append(part);
  }
  return whole;
}

export function mark(element: Element, name: string, value: string | number | boolean | undefined) {
  if (value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : unturned(String(value)));
}

/** The same arguments as the last time have the same answer. */
export function remember<A extends readonly unknown[], R>(
  make: (...given: A) => R,
): (...given: A) => R {
  let last: { given: A; made: R } | undefined;
  return (...given) => {
    if (!last || given.some((each, i) => each !== last?.given[i]))
      last = { given, made: make(...given) };
    return last.made;
  };
}
