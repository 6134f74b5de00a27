import { Router } from 'wouter';

/** The pages, by their addresses below /ui/. */
export function App() {
  return (
    <Router base="/ui">
      <main>
        <h1>dbintel</h1>
      </main>
    </Router>
  );
}
