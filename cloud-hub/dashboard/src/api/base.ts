import {
  createApi,
  fetchBaseQuery,
  type BaseQueryFn,
  type FetchArgs,
  type FetchBaseQueryError,
  type FetchBaseQueryMeta,
} from '@reduxjs/toolkit/query/react';
import { sessionExpired } from '../app/connection';
import { learnServerTime } from './clock';
import { freshFactor } from './factor';
import { PROBLEM, toProblem, type ApiError } from './problem';
import { renewSession } from './session';

const raw = fetchBaseQuery({
  // Absolute, because fetch outside a browser page has no origin to resolve against.
  baseUrl: globalThis.location?.origin ?? '',
  credentials: 'same-origin',
  timeout: 20_000,
  prepareHeaders: (headers) => {
    headers.set('accept', 'application/json, application/problem+json');
    // Cannot be sent across origins without a preflight: the hub wants it on every write by cookie.
    headers.set('x-vyavs-csrf', '1');
  },
  responseHandler: async (response) => {
    const text = await response.text();
    if (!text) return null;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return null;
    }
  },
});

function isKind(error: FetchBaseQueryError | undefined, kind: string): boolean {
  return (error?.data as { type?: unknown } | null | undefined)?.type === kind;
}

/** Asked by who is not signed in, or not any more: their 401 is an answer, not a lost session. */
const SIGNED_OUT: ReadonlySet<string> = new Set(['login', 'logout', 'passkeyChallenge', 'passkeySignIn', 'services']);

const query: BaseQueryFn<string | FetchArgs, unknown, ApiError, object, FetchBaseQueryMeta> = async (args, api, extra) => {
  let result = await raw(args, api, extra);
  // A wrong password is no lost session.
  const mayRenew = () => !SIGNED_OUT.has(api.endpoint) && !isKind(result.error, PROBLEM.wrongCredentials);
  if (result.error?.status === 401 && mayRenew() && (await renewSession())) result = await raw(args, api, extra);
  // Once: who shows a factor and is refused again is told so.
  if (isKind(result.error, PROBLEM.stepUp) && (await freshFactor())) result = await raw(args, api, extra);
  const { meta } = result;
  const response = meta?.response;
  learnServerTime(response?.headers.get('date') ?? null);
  if (!result.error) return { data: result.data, meta };
  const { status } = result.error;
  // "Who am I" answers 401 to anybody who is not signed in.
  if (status === 401 && mayRenew() && api.endpoint !== 'me') api.dispatch(sessionExpired());
  if (typeof status === 'number') {
    const requestId = response?.headers.get('x-request-id') ?? null;
    return { error: { kind: 'problem', problem: toProblem(status, result.error.data, requestId) }, meta };
  }
  return { error: { kind: 'unreachable', message: 'error' in result.error ? result.error.error : status }, meta };
};

/** Endpoints are injected by `generated.ts`; tags and live patches by `index.ts`. */
export const baseApi = createApi({
  baseQuery: query,
  refetchOnFocus: true,
  refetchOnReconnect: true,
  keepUnusedDataFor: 300,
  tagTypes: ['me', 'kpis', 'sales', 'stores', 'receipts', 'sensors', 'alarms', 'sync', 'events', 'people', 'keys', 'audit', 'organization', 'signIns', 'factors', 'products', 'stock', 'reports', 'jobs', 'schedules', 'alerts', 'rules', 'cases', 'notifications', 'webhooks', 'privacy', 'retention', 'routes', 'mails', 'providers', 'clients', 'health'],
  endpoints: () => ({}),
});
