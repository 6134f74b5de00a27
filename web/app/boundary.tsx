import { Component, type ReactNode } from 'react';
import { asFailure } from '../data/failure.ts';
import { Failed } from '../parts/states.tsx';

/** A page that fails says so; the shell around it, and so the emergency stop, stays. */
export class Boundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Failed
        what="This page cannot be shown."
        why={asFailure(error).message}
        onRetry={() => this.setState({ error: undefined })}
      />
    );
  }
}
