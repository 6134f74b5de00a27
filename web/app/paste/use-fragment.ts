import { useEffect, useRef } from 'react';
import { type Fragment, fragmentOf, parseFragment } from './fragment.ts';
import type { Choices } from './plan-picture.tsx';

/**
 * The plan of the address, when the page is opened and when the address changes. What is pasted is
 * never put there by itself: browsers keep addresses, and some send them to their makers.
 */
export function useFragment(onPlan: (fragment: Fragment) => void): void {
  const told = useRef(onPlan);
  useEffect(() => {
    told.current = onPlan;
  });
  useEffect(() => {
    const tell = () => {
      const fragment = parseFragment(location.hash);
      if (fragment.plan) told.current(fragment);
    };
    tell();
    window.addEventListener('hashchange', tell);
    return () => window.removeEventListener('hashchange', tell);
  }, []);
}

/** The address says what is looked at only as long as that is the plan of the address. */
export function setFragment(choices: Choices | undefined): void {
  const { plan, before } = parseFragment(location.hash);
  if (!plan) return;
  const fragment = choices ? fragmentOf({ plan, before, ...choices }) : '';
  const address = `${location.href.replace(/#.*$/s, '')}${fragment}`;
  if (address !== location.href) history.replaceState(history.state, '', address);
}
