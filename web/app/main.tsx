import '../styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { onServerTime } from '../data/client.ts';
import { signIn, takeToken } from '../data/session.ts';
import { setAhead } from '../parts/now.ts';
import { App } from './app.tsx';
import { applyPreferences } from './preferences.ts';

applyPreferences();
onServerTime(setAhead);
const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');

const token = takeToken(location, history);
// One that is not taken any more leads to the page that asks for another.
if (token) await signIn(token).catch(() => undefined);
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
