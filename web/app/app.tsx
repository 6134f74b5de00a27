import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Link, Route, Router, Switch } from 'wouter';
import { fleetQuery } from '../data/queries.ts';
import { createQueryClient } from '../data/query-client.ts';
import type { Offer } from '../data/session.ts';
import { Empty, Skeleton } from '../parts/states.tsx';
import { Boundary } from './boundary.tsx';
import { Door } from './door.tsx';
import { FleetPage } from './fleet/fleet-page.tsx';
import { fleetQuestionIn } from './fleet/fleet-question.ts';
import { LiveProvider } from './live-context.tsx';
import { Readable } from './rights.tsx';
import { Shell } from './shell/shell.tsx';

/** The pages, by their addresses below /ui/. All but the first are loaded when they are wanted. */
const Advice = lazy(async () => ({
  default: (await import('./advice/advice-page.tsx')).AdvicePage,
}));
const Proposal = lazy(async () => ({
  default: (await import('./advice/proposal-page.tsx')).ProposalPage,
}));
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

export function App({ offer }: { offer: Offer | undefined }) {
  const [client] = useState(() => beginWith(createQueryClient(), offer));
  return (
    <QueryClientProvider client={client}>
      <Router base="/ui">
        <Door offer={offer}>
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

/** Who comes with a session asks for the fleet at once, and not when it is known who they are. */
function beginWith(client: QueryClient, offer: Offer | undefined): QueryClient {
  const question = fleetQuestionIn(location);
  if (question && !offer) void client.prefetchInfiniteQuery(fleetQuery(question));
  return client;
}

const Pages = () => (
  <Switch>
    <Route path="/">
      <Readable>
        <FleetPage />
      </Readable>
    </Route>
    <Route path="/findings">
      <Readable>
        <Findings />
      </Readable>
    </Route>
    <Route path="/advice">
      <Readable>
        <Advice />
      </Readable>
    </Route>
    <Route path="/advice/:id">
      {({ id }) => (
        <Readable>
          <Proposal key={id} id={id} />
        </Readable>
      )}
    </Route>
    <Route path="/stops" component={Stops} />
    <Route path="/paste" component={Paste} />
    <Route path="/validate" component={Validate} />
    <Route path="/help" component={Help} />
    <Route path="/t/:ns/:name">
      {({ ns, name }) => (
        <Readable ns={ns}>
          <Target key={`${ns}/${name}`} ns={ns} name={name} />
        </Readable>
      )}
    </Route>
    <Route path="/t/:ns/:name/q/:fp">
      {(of) => (
        <Readable ns={of.ns}>
          <Statement key={`${of.ns}/${of.name}/${of.fp}`} {...of} />
        </Readable>
      )}
    </Route>
    <Route path="/t/:ns/:name/q/:fp/p/:hash">
      {(of) => (
        <Readable ns={of.ns}>
          <Plan key={`${of.ns}/${of.name}/${of.fp}/${of.hash}`} {...of} />
        </Readable>
      )}
    </Route>
    <Route path="/compare">
      <Readable>
        <Compare />
      </Readable>
    </Route>
    <Route>
      <Empty title="There is no such page">
        <p>
          The address leads nowhere. What you look for may be in <Link to="/">the fleet</Link>.
        </p>
      </Empty>
    </Route>
  </Switch>
);
