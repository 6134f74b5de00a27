import '../styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { onServerTime } from '../data/client.ts';
import { sentBy, takeOffer } from '../data/session.ts';
import { setAhead } from '../parts/now.ts';
import { App } from './app.tsx';
import { readablePath } from './paths.ts';
import { applyPreferences } from './preferences.ts';

// Before anything else is done: a token does not stay in the address.
const offer = takeOffer(location, history, sentBy());
// Some programs encode the colons of a link that they pass on.
if (/%3a/i.test(location.pathname))
  history.replaceState(null, '', location.href.replace(location.pathname, readablePath(location)));
applyPreferences();
onServerTime(setAhead);
const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <App offer={offer} />
  </StrictMode>,
);
