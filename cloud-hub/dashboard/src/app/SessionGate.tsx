import Box from '@mui/material/Box';
import { createContext, useContext, useEffect, useRef, type ReactNode } from 'react';
import { useStore } from 'react-redux';
import { Navigate, useLocation } from 'react-router';
import { useMe, type UserInfo } from '../api';
import { startLive, type Live } from '../api/live';
import { holds, type Permission } from '../api/permissions';
import { isApiError } from '../api/problem';
import { ProblemView } from '../ui/states';
import { PageSkeleton } from './PageSkeleton';
import { to } from './routes';
import { useAppSelector, type AppStore } from './store';
import { rememberSession } from './warm';

interface Session {
  user: UserInfo;
  retryLink: () => void;
}

const SessionContext = createContext<Session | null>(null);

/** Who is signed in. Only inside `SessionGate`. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession outside of SessionGate');
  return session;
}

/** Asks whether whoever is signed in holds one of some permissions. */
export function useMay(): (...anyOf: Permission[]) => boolean {
  const { permissions } = useSession().user;
  return (...anyOf) => holds(permissions, anyOf);
}

/** Lets a signed-in person through and keeps the live stream open as long as they are there. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data: user, error, isLoading, refetch } = useMe();
  const expired = useAppSelector((state) => state.connection.expired);
  const { pathname, search } = useLocation();
  const store = useStore() as AppStore;
  const live = useRef<Live | null>(null);
  const signedIn = Boolean(user) && !expired;

  useEffect(() => {
    if (!signedIn) return;
    const started = startLive(store);
    live.current = started;
    return () => {
      started.stop();
      live.current = null;
    };
  }, [signedIn, store]);

  const unauthorized = isApiError(error) && error.kind === 'problem' && error.problem.status === 401;
  useEffect(() => {
    if (signedIn || unauthorized || expired) rememberSession(signedIn);
  }, [signedIn, unauthorized, expired]);
  if (expired || unauthorized) {
    const sso = new URLSearchParams(search).get('sso');
    return <Navigate to={sso ? to.loginAfter(sso) : to.login(pathname + search)} replace />;
  }
  if (!user) {
    return (
      <Box component="main" sx={{ p: 3, maxWidth: 1200, marginInline: 'auto' }}>
        {error && !isLoading ? <ProblemView error={error} retry={refetch} /> : <PageSkeleton />}
      </Box>
    );
  }
  const session = { user, retryLink: () => live.current?.retryNow() };
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}
