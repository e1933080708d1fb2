import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { lazy, Suspense, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Provider } from 'react-redux';
import { BrowserRouter, Navigate, Route, Routes } from 'react-router';
import { LoginPage } from '../features/session/LoginPage';
import { OverviewPage } from '../features/overview/OverviewPage';
import { lazyPage } from '../i18n/lazyPage';
import { ErrorBoundary } from '../ui/ErrorBoundary';
import { NotFound } from './NotFound';
import { PageSkeleton } from './PageSkeleton';
import { SessionGate } from './SessionGate';
import { Shell } from './Shell';
import { useAppSelector, type AppStore } from './store';
import { makeTheme } from './theme';

const StoresPage = lazy(() => import('../features/stores/StoresPage'));
const StorePage = lazy(() => import('../features/stores/StorePage'));
const ProductsPage = lazyPage('products', () => import('../features/products/ProductsPage'));
const AdminPage = lazyPage('admin', () => import('../features/admin/AdminPage'));
const AccountPage = lazyPage('account', () => import('../features/account/AccountPage'));

export function Themed({ children }: { children: ReactNode }) {
  const chosen = useAppSelector((state) => state.preferences.theme);
  const systemDark = useMediaQuery('(prefers-color-scheme: dark)', { noSsr: true });
  const { i18n } = useTranslation();
  const direction = document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr';
  const mode = chosen === 'system' ? (systemDark ? 'dark' : 'light') : chosen;
  // The direction belongs to the language, so a change of language makes a new theme.
  const theme = useMemo(() => makeTheme(mode, direction), [mode, direction, i18n.language]);
  return (
    <ThemeProvider theme={theme}>
      <CssBaseline enableColorScheme />
      {children}
    </ThemeProvider>
  );
}

export function AppRoutes() {
  const page = (element: ReactNode) => (
    <ErrorBoundary>
      <Suspense fallback={<PageSkeleton />}>{element}</Suspense>
    </ErrorBoundary>
  );
  return (
    <Routes>
      <Route path="/login" element={<LoginPage />} />
      <Route
        element={
          <SessionGate>
            <Shell />
          </SessionGate>
        }
      >
        <Route index element={page(<OverviewPage />)} />
        <Route path="overview" element={<Navigate to="/" replace />} />
        <Route path="stores" element={page(<StoresPage />)} />
        <Route path="stores/:storeId/:tab?" element={page(<StorePage />)} />
        <Route path="products" element={page(<ProductsPage />)} />
        <Route path="admin/:tab?" element={page(<AdminPage />)} />
        <Route path="account" element={page(<AccountPage />)} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  );
}

export function App({ store }: { store: AppStore }) {
  return (
    <Provider store={store}>
      <Themed>
        <BrowserRouter>
          <AppRoutes />
        </BrowserRouter>
      </Themed>
    </Provider>
  );
}
