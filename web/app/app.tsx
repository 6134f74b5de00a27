import { QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Route, Router, Switch } from 'wouter';
import { asFailure } from '../data/failure.ts';
import { sessionQuery } from '../data/queries.ts';
import { createQueryClient } from '../data/query-client.ts';
import { Empty, Failed, Skeleton } from '../parts/states.tsx';
import { Boundary } from './boundary.tsx';
import { FleetPage } from './fleet/fleet-page.tsx';
import { LiveProvider } from './live-context.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './sign-in.tsx';

/** The pages, by their addresses below /ui/. All but the first are loaded when they are wanted. */
const Compare = lazy(async () => ({
  default: (await import('./plan/compare-page.tsx')).ComparePage,
}));
const Findings = lazy(async () => ({
  default: (await import('./findings/findings-page.tsx')).FindingsPage,
}));
const Paste = lazy(async () => ({ default: (await import('./paste/route.tsx')).PasteRoute }));
const Help = lazy(async () => ({ default: (await import('./help/help-page.tsx')).HelpPage }));
const Plan = lazy(async () => ({ default: (await import('./plan/plan-page.tsx')).PlanPage }));
const Statement = lazy(async () => ({
  default: (await import('./statement/statement-page.tsx')).StatementPage,
}));
const Stops = lazy(async () => ({ default: (await import('./stop/stops-page.tsx')).StopsPage }));
const Target = lazy(async () => ({
  default: (await import('./target/target-page.tsx')).TargetPage,
}));
const Validate = lazy(async () => ({
  default: (await import('./validate/validate-page.tsx')).ValidatePage,
}));

export function App() {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <Router base="/ui">
        <Door>
          <LiveProvider>
            <Shell>
              <Boundary>
                <Suspense fallback={<Skeleton />}>
                  <Pages />
                </Suspense>
              </Boundary>
            </Shell>
          </LiveProvider>
        </Door>
      </Router>
    </QueryClientProvider>
  );
}

const Pages = () => (
  <Switch>
    <Route path="/" component={FleetPage} />
    <Route path="/findings" component={Findings} />
    <Route path="/stops" component={Stops} />
    <Route path="/paste" component={Paste} />
    <Route path="/validate" component={Validate} />
    <Route path="/help" component={Help} />
    <Route path="/t/:ns/:name">
      {({ ns, name }) => <Target key={`${ns}/${name}`} ns={ns} name={name} />}
    </Route>
    <Route path="/t/:ns/:name/q/:fp">
      {(of) => <Statement key={`${of.ns}/${of.name}/${of.fp}`} {...of} />}
    </Route>
    <Route path="/t/:ns/:name/q/:fp/p/:hash">
      {(of) => <Plan key={`${of.ns}/${of.name}/${of.fp}/${of.hash}`} {...of} />}
    </Route>
    <Route path="/compare" component={Compare} />
    <Route>
      <Empty title="There is no such page">
        <p>The address leads nowhere. What you look for may be in the fleet.</p>
      </Empty>
    </Route>
  </Switch>
);

/** Nobody gets in who has no session; who has lost the way to the program stays where they are. */
function Door({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(sessionQuery);
  const failure = error ? asFailure(error) : undefined;
  if (failure?.kind === 'unauthorised') return <SignIn onDone={() => void client.resetQueries()} />;
  if (data) return children;
  if (!failure) return <Skeleton rows={0} label="signing in" />;
  return <Failed what="dbintel does not answer." why={failure.message} onRetry={refetch} />;
}
