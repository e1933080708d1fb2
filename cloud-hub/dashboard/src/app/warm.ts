import { api } from '../api';
import type { AppStore } from './store';

const KEY = 'vyavs.session';

/** Remembers that somebody is signed in here; who it is stays in the cookie. */
export function rememberSession(signedIn: boolean): void {
  if (signedIn) localStorage.setItem(KEY, '1');
  else localStorage.removeItem(KEY);
}

/**
 * Asks for what the first page shows while that page is still being made: who is signed in, the figures and the code
 * then come side by side, not one after the other. Somebody who is not signed in is asked nothing.
 */
export function warmUp(store: AppStore): void {
  if (!localStorage.getItem(KEY)) return;
  const [, area, id] = location.pathname.split('/');
  store.dispatch(api.util.prefetch('me', undefined, {}));
  if (area === 'stores' && id) {
    void import('../features/stores/StorePage');
    // As it stands in the address: an id needs no decoding, and what cannot be decoded is not to stop the page.
    store.dispatch(api.util.prefetch('store', { id }, {}));
  } else if (area === 'stores') {
    void import('../features/stores/StoresPage');
    store.dispatch(api.util.prefetch('stores', undefined, {}));
  } else if (!area) {
    store.dispatch(api.util.prefetch('stores', undefined, {}));
    store.dispatch(api.util.prefetch('kpis', {}, {}));
    store.dispatch(api.util.prefetch('alarms', { open: true, limit: 100 }, {}));
    store.dispatch(api.util.prefetch('devices', undefined, {}));
  }
}
