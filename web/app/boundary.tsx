import { Component, type ReactNode } from 'react';
import { asFailure, Failure, usual } from '../data/failure.ts';
import { Failed } from '../parts/states.tsx';

interface Given {
  /** Where one is: another page has not failed. */
  at?: string;
  children: ReactNode;
}
interface Seen {
  at?: string | undefined;
  error?: unknown;
}

/** A page that fails says so; the shell around it, and so the emergency stop, stays. */
export class Boundary extends Component<Given, Seen> {
  override state: Seen = { at: this.props.at };

  static getDerivedStateFromError(error: unknown): Partial<Seen> {
    return { error };
  }

  static getDerivedStateFromProps({ at }: Given, seen: Seen): Seen | null {
    return at === seen.at ? null : { at, error: undefined };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const failure = asFailure(error);
    return (
      <Failed
        what="This page cannot be shown."
        why={failure.message}
        onRetry={failure.kind === 'unloaded' ? this.#reload : () => this.#show(undefined)}
      />
    );
  }

  #show(error: unknown): void {
    this.setState({ error });
  }

  /** Not while nobody answers: a browser would show a page of its own in the place of all this. */
  #reload = () =>
    void fetch('/ui/', { method: 'HEAD', cache: 'no-store' }).then(
      () => location.reload(),
      () => this.#show(new Failure('offline', usual.offline)),
    );
}
