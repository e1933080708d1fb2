import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { visuallyHidden } from './visuallyHidden';
import { isApiError, PROBLEM } from '../api/problem';
import { useFormat } from '../i18n/useFormat';
import { Icon, type IconName } from './icons';

/** The parts of a query that decide what is shown. */
export interface QueryState<T> {
  data?: T;
  error?: unknown;
  isFetching: boolean;
  fulfilledTimeStamp?: number;
  refetch: () => unknown;
}

interface QueryViewProps<T> {
  query: QueryState<T>;
  skeleton: ReactNode;
  /** Shown instead of the content when there is data and nothing in it. */
  empty?: (data: T) => ReactNode;
  children: (data: T) => ReactNode;
}

/**
 * Loading, error, forbidden, empty or content. Once there is data it stays: a failed refresh adds a line above it
 * that says how old the data is, and never takes it away.
 */
export function QueryView<T>({ query, skeleton, empty, children }: QueryViewProps<T>) {
  const { data, error, refetch } = query;
  if (data !== undefined && data !== null) {
    return (
      <>
        {error !== undefined && <NotRefreshed query={query} />}
        {empty?.(data) ?? children(data)}
      </>
    );
  }
  if (error !== undefined && !query.isFetching) return <ProblemView error={error} retry={refetch} />;
  return <Loading>{skeleton}</Loading>;
}

function Loading({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 10_000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Box aria-busy="true" data-state="loading">
      <Box role="status" sx={slow ? { typography: 'body2', color: 'text.secondary', paddingBlockEnd: 1 } : visuallyHidden}>
        {slow ? t('state.slow') : t('state.loading')}
      </Box>
      {children}
    </Box>
  );
}

function NotRefreshed<T>({ query }: { query: QueryState<T> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const at = query.fulfilledTimeStamp ? format.time(query.fulfilledTimeStamp, 'seconds') : '';
  return (
    <Alert
      severity="warning"
      variant="outlined"
      data-state="not-refreshed"
      icon={<Icon name="warn" />}
      sx={{ mb: 1.5, alignItems: 'center' }}
      action={
        <Button color="inherit" size="small" onClick={() => query.refetch()}>
          {t('state.retry')}
        </Button>
      }
    >
      {t('state.notRefreshed', { at })}
    </Alert>
  );
}

/** What failed, what it means, what to do, and the id that support can look up. */
export function ProblemView({ error, retry }: { error: unknown; retry?: () => unknown }) {
  const { t } = useTranslation();
  const problem = isApiError(error) && error.kind === 'problem' ? error.problem : null;
  if (problem?.type === PROBLEM.stepUp) {
    return (
      <Notice
        state="forbidden"
        icon="lock"
        title={problem.title}
        text={t('problem.factorNotShown')}
        action={retry && <RetryButton retry={retry} />}
      />
    );
  }
  if (problem?.status === 403) {
    // The hub's own hint for a missing permission speaks of its routes: that is for programs.
    const hint = problem.type === PROBLEM.forbidden ? null : problem.fix_hint;
    const lacks = problem.type === PROBLEM.forbidden && problem.detail ? t('problem.forbidden.because', { detail: problem.detail }) : null;
    const text = lacks ?? hint ?? t('problem.forbidden.text');
    return <Notice state="forbidden" icon="lock" title={t('problem.forbidden.title')} text={text} />;
  }
  const unreachable = isApiError(error) && error.kind === 'unreachable';
  const title = problem?.title || t(unreachable ? 'problem.unreachable.title' : 'problem.unknown.title');
  const text = [problem?.detail, problem?.fix_hint].filter(Boolean).join(' ');
  return (
    <Notice
      state="error"
      role="alert"
      icon={unreachable ? 'cloudOff' : 'error'}
      title={title}
      text={text || t(unreachable ? 'problem.unreachable.text' : 'problem.unknown.text')}
      footnote={problem?.request_id ? t('problem.requestId', { id: problem.request_id }) : undefined}
      action={retry && <RetryButton retry={retry} />}
    />
  );
}

function RetryButton({ retry }: { retry: () => unknown }) {
  const { t } = useTranslation();
  return (
    <Button variant="outlined" size="small" onClick={() => retry()}>
      {t('state.retry')}
    </Button>
  );
}

interface NoticeProps {
  state: 'empty' | 'no-match' | 'error' | 'forbidden' | 'good';
  icon: IconName;
  title: string;
  text?: string;
  footnote?: string;
  action?: ReactNode;
  role?: 'alert' | 'status';
}

/** The calm block that stands where content would be. */
export function Notice({ state, icon, title, text, footnote, action, role }: NoticeProps) {
  return (
    <Box
      data-state={state}
      role={role}
      sx={{ display: 'flex', flexDirection: 'column', alignItems: 'center', textAlign: 'center', gap: 0.75, paddingBlock: 4, paddingInline: 2 }}
    >
      <Icon name={icon} sx={{ fontSize: 32, color: state === 'error' ? 'error.main' : state === 'good' ? 'success.main' : 'text.secondary' }} />
      <Typography sx={{ fontWeight: 600 }}>{title}</Typography>
      {text && (
        <Typography variant="body2" color="textSecondary" sx={{ maxWidth: '52ch' }}>
          {text}
        </Typography>
      )}
      {action && <Box sx={{ mt: 1 }}>{action}</Box>}
      {footnote && (
        <Typography variant="caption" color="textSecondary" sx={{ userSelect: 'all' }}>
          {footnote}
        </Typography>
      )}
    </Box>
  );
}

/** Lines of a table or list to come, in their final height. */
export function RowsSkeleton({ rows, height = 40 }: { rows: number; height?: number }) {
  return (
    <Box sx={{ paddingInline: { xs: 2, sm: 2.5 }, paddingBlockEnd: 2 }}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} />
      ))}
    </Box>
  );
}
