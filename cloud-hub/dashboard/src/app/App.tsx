import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { lazy, Suspense, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Provider } from 'react-redux';
import { BrowserRouter, Navigate, Route, Routes, useParams } from 'react-router';
import { LoginPage } from '../features/session/LoginPage';
import { OverviewPage } from '../features/overview/OverviewPage';
import { lazyPage } from '../i18n/lazyPage';
import { ErrorBoundary } from '../ui/ErrorBoundary';
import { NotFound } from './NotFound';
import { PageSkeleton } from './PageSkeleton';
import { to } from './routes';
import { SessionGate } from './SessionGate';
import { Shell } from './Shell';
import { useAppSelector, type AppStore } from './store';
import { makeTheme } from './theme';

const StoresPage = lazy(() => import('../features/stores/StoresPage'));
const StorePage = lazy(() => import('../features/stores/StorePage'));
const ProductsPage = lazyPage('products', () => import('../features/products/ProductsPage'));
const SalesSearchPage = lazyPage('search', () => import('../features/search/SalesSearchPage'));
const ForgotPage = lazyPage('entry', () => import('../features/session/ForgotPage'));
const LinkPage = lazyPage('entry', () => import('../features/session/LinkPage'));
const AlertsPage = lazyPage('alerts', () => import('../features/alerts/AlertsPage'));
const CasesPage = lazyPage(['cases', 'alerts'], () => import('../features/cases/CasesPage'));
const CasePage = lazyPage(['cases', 'alerts'], () => import('../features/cases/CasePage'));
const ReportsPage = lazyPage('work', () => import('../features/reports/ReportsPage'));
const JobsPage = lazyPage('work', () => import('../features/jobs/JobsPage'));
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

/** A thing that has no page of its own opens on the page of its kind. */
function Opened({ at }: { at: (id: string) => string }) {
  return <Navigate to={at(useParams().id ?? '')} replace />;
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
      <Route path="/forgot" element={page(<ForgotPage />)} />
      {/* As the hub's mails call them. */}
      <Route path="/invitation" element={page(<LinkPage kind="invitation" />)} />
      <Route path="/password-reset" element={page(<LinkPage kind="password_reset" />)} />
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
        <Route path="sales" element={page(<SalesSearchPage />)} />
        <Route path="cases" element={page(<CasesPage />)} />
        <Route path="cases/:caseId" element={page(<CasePage />)} />
        <Route path="reports/:tab?" element={page(<ReportsPage />)} />
        {/* As notifications and mails call them. */}
        <Route path="jobs/:id" element={<Opened at={to.jobs} />} />
        <Route path="alerts/:id" element={<Opened at={to.alert} />} />
        <Route path="alerts/inbox" element={page(<AlertsPage tab="inbox" />)} />
        <Route path="alerts/rules" element={page(<AlertsPage tab="rules" />)} />
        <Route path="alerts" element={<Navigate to={to.alerts('inbox')} replace />} />
        <Route path="jobs" element={page(<JobsPage />)} />
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
