import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { reloadOnMissingChunk } from './app/upgrade';
import { makeStore } from './app/store';
import { warmUp } from './app/warm';
import { startI18n } from './i18n';

reloadOnMissingChunk();
const store = makeStore();
warmUp(store);
await startI18n();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App store={store} />
  </StrictMode>,
);
