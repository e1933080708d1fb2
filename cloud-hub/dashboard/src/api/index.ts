/**
 * The hub as the pages see it: the generated client with its cache tags. Pages import from here, never from
 * `generated.ts`, so a renamed operation is one line in this file.
 */
import { generatedApi } from './generated';

export const api = generatedApi.enhanceEndpoints({
  endpoints: {
    me: { providesTags: ['me'] },
    kpis: { providesTags: ['kpis'] },
    sales: { providesTags: ['sales'] },
    stores: { providesTags: ['stores'] },
    store: { providesTags: ['stores'] },
    createStore: { invalidatesTags: ['stores'] },
    receipts: { providesTags: ['receipts'] },
    sensors: { providesTags: ['sensors'] },
    telemetry: { providesTags: ['sensors'] },
    alarms: { providesTags: ['alarms'] },
    storeAlarms: { providesTags: ['alarms'] },
    sync: { providesTags: ['sync'] },
    devices: { providesTags: ['sync'] },
    events: { providesTags: ['events'] },
    createEnrolmentToken: { invalidatesTags: ['sync'] },
  },
});

export const {
  useLoginMutation: useLogin,
  useLogoutMutation: useLogout,
  useMeQuery: useMe,
  useKpisQuery: useKpis,
  useSalesQuery: useSales,
  useStoresQuery: useStores,
  useStoreQuery: useStore,
  useCreateStoreMutation: useCreateStore,
  useReceiptsQuery: useReceipts,
  useReceiptQuery: useReceipt,
  useSensorsQuery: useSensors,
  useTelemetryQuery: useTelemetry,
  useAlarmsQuery: useAlarms,
  useStoreAlarmsQuery: useStoreAlarms,
  useSyncQuery: useSync,
  useDevicesQuery: useDevices,
  useEventsQuery: useTillEvents,
  useCreateEnrolmentTokenMutation: useCreateEnrolmentToken,
} = api;

export type {
  Alarm,
  Device,
  InputState,
  Kpi,
  Loss,
  Money,
  Receipt,
  ReceiptDetail,
  SalesPoint,
  Sensor,
  Series,
  Store,
  StreamState,
  TillEvent,
  UserInfo,
} from './generated';
