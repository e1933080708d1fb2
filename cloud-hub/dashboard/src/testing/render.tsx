import { render } from '@testing-library/react';
import { setupServer } from 'msw/node';
import { Provider } from 'react-redux';
import { MemoryRouter } from 'react-router';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { AppRoutes, Themed } from '../app/App';
import { makeStore, type AppStore } from '../app/store';
import { FakeHub } from './fakeHub';
import { makeWorld } from './world';

/** The whole application at a path, against a fake hub. */
export function renderApp(path: string): { store: AppStore } {
  const store = makeStore();
  render(
    <Provider store={store}>
      <Themed>
        <MemoryRouter initialEntries={[path]}>
          <AppRoutes />
        </MemoryRouter>
      </Themed>
    </Provider>,
  );
  return { store };
}

/** A fresh fake hub for every test of a file. */
export function withFakeHub(): { hub: FakeHub } {
  const here = { hub: new FakeHub() };
  const server = setupServer();
  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  beforeEach(() => {
    here.hub = new FakeHub(makeWorld());
    server.resetHandlers(...here.hub.handlers);
  });
  afterEach(() => here.hub.cutStreams());
  afterAll(() => server.close());
  return here;
}
