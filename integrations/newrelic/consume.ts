import { type Context, createElement, type ReactNode } from 'react';

/**
 * What a context of the host holds. The types of createElement know no child that is a function.
 */
export const consume = <T>(context: Context<T>, draw: (value: T) => ReactNode): ReactNode =>
  createElement(context.Consumer, null, draw as never);
