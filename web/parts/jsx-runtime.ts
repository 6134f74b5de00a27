import { type ElementType, Fragment, type Key, type ReactNode } from 'react';
import { jsx as make, jsxs as makeMany } from 'react/jsx-runtime';
import { apart, directions } from '../../src/base/turning.ts';

/**
 * What makes the elements of all pages (`jsxImportSource`), so that no text is forgotten: what is
 * written from right to left stands by itself in it.
 */
export { Fragment } from 'react';
export type { JSX } from 'react/jsx-runtime';

type Props = { children?: ReactNode; title?: unknown };

export const jsx = (type: ElementType, props: Props, key?: Key) =>
  make(type, apartIn(type, props), key);
export const jsxs = (type: ElementType, props: Props, key?: Key) =>
  makeMany(type, apartIn(type, props), key);
/** Of a build that is tested. */
export const jsxDEV = (type: ElementType, props: Props, key?: Key, isStatic?: boolean) =>
  (isStatic ? jsxs : jsx)(type, props, key);

/** They hold nothing but text, and what is chosen or typed there is read again. */
const plain: ReadonlySet<unknown> = new Set(['option', 'textarea', 'text', 'title', 'bdi']);

/** A component hands its texts to elements in its turn. */
function apartIn(type: ElementType, props: Props): Props {
  if (typeof type !== 'string' && type !== Fragment) return props;
  const { children, title } = props;
  const shown = plain.has(type) ? children : withParts(children);
  const hint = typeof title === 'string' ? apart(title) : title;
  return shown === children && hint === title ? props : { ...props, children: shown, title: hint };
}

/** The same value where there is nothing to keep apart. */
function withParts(children: ReactNode, at = 0): ReactNode {
  if (Array.isArray(children)) {
    const shown = children.map(withParts);
    return shown.some((each, i) => each !== children[i]) ? shown : children;
  }
  if (typeof children !== 'string') return children;
  const parts = directions(children);
  if (parts.length === 1) return children;
  const elements = parts.map((part, i) => (i % 2 ? make('bdi', { children: part }) : part));
  return makeMany('span', { children: elements }, `text ${at}`); // one, in a row of flex, too
}
