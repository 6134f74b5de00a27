import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { Link, Route, Router, Switch, useLocation } from 'wouter';
import { fleetQuery } from '../data/queries.ts';
import { createQueryClient } from '../data/query-client.ts';
import type { Offer } from '../data/session.ts';
import { Empty, Skeleton } from '../parts/states.tsx';
import { Boundary } from './boundary.tsx';
import { Door } from './door.tsx';
import { FleetPage } from './fleet/fleet-page.tsx';
import { fleetQuestionIn } from './fleet/fleet-question.ts';
import { LiveProvider } from './live-context.tsx';
import { loadPage } from './load-page.ts';
import { Readable } from './rights.tsx';
import { Shell } from './shell/shell.tsx';

/** The pages, by their addresses below /ui/. All but the first are loaded when they are wanted. */
const Advice = loadPage(async () => (await import('./advice/advice-page.tsx')).AdvicePage);
const Proposal = loadPage(async () => (await import('./advice/proposal-page.tsx')).ProposalPage);
const Compare = loadPage(async () => (await import('./plan/compare-page.tsx')).ComparePage);
const Findings = loadPage(async () => (await import('./findings/findings-page.tsx')).FindingsPage);
const Paste = loadPage(async () => (await import('./paste/route.tsx')).PasteRoute);
const Help = loadPage(async () => (await import('./help/help-page.tsx')).HelpPage);
const Plan = loadPage(async () => (await import('./plan/plan-page.tsx')).PlanPage);
const Statement = loadPage(
  async () => (await import('./statement/statement-page.tsx')).StatementPage,
);
const Stops = loadPage(async () => (await import('./stop/stops-page.tsx')).StopsPage);
const Target = loadPage(async () => (await import('./target/target-page.tsx')).TargetPage);
const Validate = loadPage(async () => (await import('./validate/validate-page.tsx')).ValidatePage);

export function App({ offer }: { offer: Offer | undefined }) {
  const [client] = useState(() => beginWith(createQueryClient(), offer));
  return (
    <QueryClientProvider client={client}>
      <Router base="/ui">
        <Door offer={offer}>
          <LiveProvider>
            <Shell>
              <Here />
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

function Here() {
  const [at] = useLocation();
  return (
    <Boundary at={at}>
      <Suspense fallback={<Skeleton />}>
        <Pages />
      </Suspense>
    </Boundary>
  );
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
