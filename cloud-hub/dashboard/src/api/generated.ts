import { baseApi as api } from './base';
const injectedRtkApi = api.injectEndpoints({
  endpoints: (build) => ({
    alarms: build.query<AlarmsApiResponse, AlarmsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alarms`,
        params: {
          open: queryArg.open,
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    keys: build.query<KeysApiResponse, KeysApiArg>({
      query: () => ({ url: `/api/v1/api-keys` }),
    }),
    createKey: build.mutation<CreateKeyApiResponse, CreateKeyApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/api-keys`,
        method: "POST",
        body: queryArg.newKey,
      }),
    }),
    revokeKey: build.mutation<RevokeKeyApiResponse, RevokeKeyApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/api-keys/${encodeURIComponent(String(queryArg.id))}`,
        method: "DELETE",
      }),
    }),
    audit: build.query<AuditApiResponse, AuditApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/audit`,
        params: {
          actor_id: queryArg.actorId,
          action: queryArg.action,
          object: queryArg["object"],
          from: queryArg["from"],
          to: queryArg.to,
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    exportAudit: build.query<ExportAuditApiResponse, ExportAuditApiArg>({
      query: () => ({ url: `/api/v1/audit/export` }),
    }),
    verifyAudit: build.query<VerifyAuditApiResponse, VerifyAuditApiArg>({
      query: () => ({ url: `/api/v1/audit/verify` }),
    }),
    login: build.mutation<LoginApiResponse, LoginApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/auth/login`,
        method: "POST",
        body: queryArg.credentials,
      }),
    }),
    logout: build.mutation<LogoutApiResponse, LogoutApiArg>({
      query: () => ({ url: `/api/v1/auth/logout`, method: "POST" }),
    }),
    changePassword: build.mutation<
      ChangePasswordApiResponse,
      ChangePasswordApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/auth/password`,
        method: "POST",
        body: queryArg.passwordChange,
      }),
    }),
    signIns: build.query<SignInsApiResponse, SignInsApiArg>({
      query: () => ({ url: `/api/v1/auth/sessions` }),
    }),
    endOtherSignIns: build.mutation<
      EndOtherSignInsApiResponse,
      EndOtherSignInsApiArg
    >({
      query: () => ({ url: `/api/v1/auth/sessions`, method: "DELETE" }),
    }),
    endSignIn: build.mutation<EndSignInApiResponse, EndSignInApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/auth/sessions/${encodeURIComponent(String(queryArg.id))}`,
        method: "DELETE",
      }),
    }),
    stepUp: build.mutation<StepUpApiResponse, StepUpApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/auth/step-up`,
        method: "POST",
        body: queryArg.stepUpRequest,
      }),
    }),
    devices: build.query<DevicesApiResponse, DevicesApiArg>({
      query: () => ({ url: `/api/v1/devices` }),
    }),
    createEnrolmentToken: build.mutation<
      CreateEnrolmentTokenApiResponse,
      CreateEnrolmentTokenApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/enrolment-tokens`,
        method: "POST",
        body: queryArg.tokenRequest,
      }),
    }),
    kpis: build.query<KpisApiResponse, KpisApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/kpis`,
        params: {
          store_id: queryArg.storeId,
        },
      }),
    }),
    me: build.query<MeApiResponse, MeApiArg>({
      query: () => ({ url: `/api/v1/me` }),
    }),
    organization: build.query<OrganizationApiResponse, OrganizationApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/organizations/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    changeOrganization: build.mutation<
      ChangeOrganizationApiResponse,
      ChangeOrganizationApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/organizations/${encodeURIComponent(String(queryArg.id))}`,
        method: "PATCH",
        body: queryArg.organizationChange,
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    explainPermission: build.query<
      ExplainPermissionApiResponse,
      ExplainPermissionApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/permissions/explain`,
        params: {
          user_id: queryArg.userId,
          permission: queryArg.permission,
          store_id: queryArg.storeId,
        },
      }),
    }),
    receipt: build.query<ReceiptApiResponse, ReceiptApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/receipts/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    roles: build.query<RolesApiResponse, RolesApiArg>({
      query: () => ({ url: `/api/v1/roles` }),
    }),
    sales: build.query<SalesApiResponse, SalesApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/sales`,
        params: {
          store_id: queryArg.storeId,
          from: queryArg["from"],
          to: queryArg.to,
          granularity: queryArg.granularity,
        },
      }),
    }),
    stores: build.query<StoresApiResponse, StoresApiArg>({
      query: () => ({ url: `/api/v1/stores` }),
    }),
    createStore: build.mutation<CreateStoreApiResponse, CreateStoreApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/stores`,
        method: "POST",
        body: queryArg.newStore,
      }),
    }),
    store: build.query<StoreApiResponse, StoreApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/stores/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    storeAlarms: build.query<StoreAlarmsApiResponse, StoreAlarmsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/stores/${encodeURIComponent(String(queryArg.id))}/alarms`,
        params: {
          open: queryArg.open,
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    events: build.query<EventsApiResponse, EventsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/stores/${encodeURIComponent(String(queryArg.id))}/events`,
        params: {
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    receipts: build.query<ReceiptsApiResponse, ReceiptsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/stores/${encodeURIComponent(String(queryArg.id))}/receipts`,
        params: {
          limit: queryArg.limit,
          cursor: queryArg.cursor,
          terminal: queryArg.terminal,
          business_day: queryArg.businessDay,
        },
      }),
    }),
    sensors: build.query<SensorsApiResponse, SensorsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/stores/${encodeURIComponent(String(queryArg.id))}/sensors`,
      }),
    }),
    sync: build.query<SyncApiResponse, SyncApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/stores/${encodeURIComponent(String(queryArg.id))}/sync`,
      }),
    }),
    telemetry: build.query<TelemetryApiResponse, TelemetryApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/stores/${encodeURIComponent(String(queryArg.id))}/telemetry`,
        params: {
          sensor: queryArg.sensor,
          from: queryArg["from"],
          to: queryArg.to,
          points: queryArg.points,
        },
      }),
    }),
    people: build.query<PeopleApiResponse, PeopleApiArg>({
      query: () => ({ url: `/api/v1/users` }),
    }),
    createPerson: build.mutation<CreatePersonApiResponse, CreatePersonApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/users`,
        method: "POST",
        body: queryArg.newPerson,
      }),
    }),
    person: build.query<PersonApiResponse, PersonApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/users/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    changePerson: build.mutation<ChangePersonApiResponse, ChangePersonApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/users/${encodeURIComponent(String(queryArg.id))}`,
        method: "PATCH",
        body: queryArg.personChange,
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    endPersonsSignIns: build.mutation<
      EndPersonsSignInsApiResponse,
      EndPersonsSignInsApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/users/${encodeURIComponent(String(queryArg.id))}/sessions`,
        method: "DELETE",
      }),
    }),
  }),
  overrideExisting: false,
});
export { injectedRtkApi as generatedApi };
export type AlarmsApiResponse = /** status 200  */ Alarms;
export type AlarmsApiArg = {
  /** `true`: those that last; `false`: those that are over; all without. */
  open?: boolean;
  /** Alarms a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type KeysApiResponse = /** status 200  */ Keys;
export type KeysApiArg = void;
export type CreateKeyApiResponse = /** status 201  */ MadeKey;
export type CreateKeyApiArg = {
  newKey: NewKey;
};
export type RevokeKeyApiResponse = unknown;
export type RevokeKeyApiArg = {
  /** The key */
  id: string;
};
export type AuditApiResponse = /** status 200  */ Audit;
export type AuditApiArg = {
  /** Only by this person or key. */
  actorId?: string;
  /** Only actions that begin so. */
  action?: string;
  /** Only on this object. */
  object?: string;
  /** From then. */
  from?: string;
  /** Until then, excluded. */
  to?: string;
  /** Entries a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type ExportAuditApiResponse =
  /** status 200 Lines of hash, tab, entry */ string;
export type ExportAuditApiArg = void;
export type VerifyAuditApiResponse = /** status 200  */ AuditVerified;
export type VerifyAuditApiArg = void;
export type LoginApiResponse = /** status 200  */ Session;
export type LoginApiArg = {
  credentials: Credentials;
};
export type LogoutApiResponse = /** status 200  */ LoggedOut;
export type LogoutApiArg = void;
export type ChangePasswordApiResponse = unknown;
export type ChangePasswordApiArg = {
  passwordChange: PasswordChange;
};
export type SignInsApiResponse = /** status 200  */ SignIns;
export type SignInsApiArg = void;
export type EndOtherSignInsApiResponse = unknown;
export type EndOtherSignInsApiArg = void;
export type EndSignInApiResponse = unknown;
export type EndSignInApiArg = {
  /** The sign-in */
  id: string;
};
export type StepUpApiResponse = /** status 200  */ SteppedUp;
export type StepUpApiArg = {
  stepUpRequest: StepUpRequest;
};
export type DevicesApiResponse = /** status 200  */ Devices;
export type DevicesApiArg = void;
export type CreateEnrolmentTokenApiResponse = /** status 201  */ Token;
export type CreateEnrolmentTokenApiArg = {
  tokenRequest: TokenRequest;
};
export type KpisApiResponse = /** status 200  */ Kpis;
export type KpisApiArg = {
  /** One store only; all of them without. */
  storeId?: string;
};
export type MeApiResponse = /** status 200  */ UserInfo;
export type MeApiArg = void;
export type OrganizationApiResponse = /** status 200  */ Organization;
export type OrganizationApiArg = {
  /** The organization */
  id: string;
};
export type ChangeOrganizationApiResponse = /** status 200  */ Organization;
export type ChangeOrganizationApiArg = {
  /** The organization */
  id: string;
  /** The ETag that was read */
  "If-Match": string;
  organizationChange: OrganizationChange;
};
export type ExplainPermissionApiResponse = /** status 200  */ Explanation;
export type ExplainPermissionApiArg = {
  /** Whose. */
  userId: string;
  /** What. */
  permission: string;
  /** At which store; without, at any. */
  storeId?: string;
};
export type ReceiptApiResponse = /** status 200  */ ReceiptDetail;
export type ReceiptApiArg = {
  /** The ticket */
  id: string;
};
export type RolesApiResponse = /** status 200  */ Roles;
export type RolesApiArg = void;
export type SalesApiResponse = /** status 200  */ Sales;
export type SalesApiArg = {
  /** One store only; all of them without (they then must have one currency). */
  storeId?: string;
  /** From here; 24 hours (`hour`) or 30 days (`day`) before `to` without. */
  from?: string;
  /** To here, excluded; now without. At most 92 days (`hour`) or 10 years (`day`) after `from`. */
  to?: string;
  /** `hour` without. */
  granularity?: Granularity;
};
export type StoresApiResponse = /** status 200  */ Stores;
export type StoresApiArg = void;
export type CreateStoreApiResponse = /** status 201  */ StoreAnswer;
export type CreateStoreApiArg = {
  newStore: NewStore;
};
export type StoreApiResponse = /** status 200  */ StoreAnswer;
export type StoreApiArg = {
  /** The store */
  id: string;
};
export type StoreAlarmsApiResponse = /** status 200  */ Alarms;
export type StoreAlarmsApiArg = {
  /** The store */
  id: string;
  /** `true`: those that last; `false`: those that are over; all without. */
  open?: boolean;
  /** Alarms a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type EventsApiResponse = /** status 200  */ TillEvents;
export type EventsApiArg = {
  /** The store */
  id: string;
  /** Events a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type ReceiptsApiResponse = /** status 200  */ Receipts;
export type ReceiptsApiArg = {
  /** The store */
  id: string;
  /** Tickets a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
  /** One till only. */
  terminal?: string;
  /** One business day only. */
  businessDay?: string;
};
export type SensorsApiResponse = /** status 200  */ Sensors;
export type SensorsApiArg = {
  /** The store */
  id: string;
};
export type SyncApiResponse = /** status 200  */ Sync;
export type SyncApiArg = {
  /** The store */
  id: string;
};
export type TelemetryApiResponse = /** status 200  */ Telemetry;
export type TelemetryApiArg = {
  /** The store */
  id: string;
  /** Sensor ids; may repeat, or be a list with commas, at most 32. All of them without. */
  sensor?: string;
  /** From here; an hour before `to` without. */
  from?: string;
  /** To here, excluded; now without. At most 400 days after `from`. */
  to?: string;
  /** Intervals a curve, 10 to 2000; 500 without. */
  points?: number;
};
export type PeopleApiResponse = /** status 200  */ People;
export type PeopleApiArg = void;
export type CreatePersonApiResponse = /** status 201  */ Person;
export type CreatePersonApiArg = {
  newPerson: NewPerson;
};
export type PersonApiResponse = /** status 200  */ Person;
export type PersonApiArg = {
  /** The person */
  id: string;
};
export type ChangePersonApiResponse = /** status 200  */ Person;
export type ChangePersonApiArg = {
  /** The person */
  id: string;
  /** The ETag that was read */
  "If-Match": string;
  personChange: PersonChange;
};
export type EndPersonsSignInsApiResponse = unknown;
export type EndPersonsSignInsApiArg = {
  /** The person */
  id: string;
};
export type AlarmKind =
  | "threshold"
  | "model_score"
  | "stuck_sensor"
  | "time_above_limit"
  | "missing"
  | "quarantine"
  | "device";
export type Severity = "info" | "warning" | "critical";
export type Alarm = {
  /** When it ended; null while it lasts. */
  cleared_at: string | null;
  /** The episode. */
  id: string;
  /** Which rule. */
  kind: AlarmKind;
  /** What it was held against. */
  limit: number | null;
  /** Name and version of the model that scored it. */
  model: string | null;
  /** When it began. */
  raised_at: string;
  /** One sentence for people. */
  reason: string;
  /** How much it matters. */
  severity: Severity;
  /** Its store. */
  store_id: string;
  /** The sensor, terminal or part of the device it is about. */
  subject: string;
  /** What was seen. */
  value: number | null;
};
export type Alarms = {
  /** Newest first. */
  alarms: Alarm[];
  /** When this was read. */
  as_of: string;
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
};
export type Problem = {
  /** This very case, for people: what, where. */
  detail: string | null;
  /** What to do about it. */
  fix_hint: string | null;
  /** Finds this request in the hub's log. */
  request_id: string;
  /** The HTTP status. */
  status: number;
  /** The kind, for people. */
  title: string;
  /** A stable name of the kind of problem, as a URN. */
  type: string;
};
export type Permission =
  | "SelfManage"
  | "OrganizationRead"
  | "OrganizationWrite"
  | "StoresRead"
  | "StoresWrite"
  | "SalesRead"
  | "CatalogRead"
  | "CatalogWrite"
  | "StockRead"
  | "StockWrite"
  | "TelemetryRead"
  | "AlertsRead"
  | "AlertsAct"
  | "RulesWrite"
  | "CasesRead"
  | "CasesWrite"
  | "CasesClose"
  | "FleetRead"
  | "FleetWrite"
  | "ForecastsRead"
  | "ForecastsWrite"
  | "PricingRead"
  | "PricingWrite"
  | "RisksAnalyze"
  | "TwinRead"
  | "TwinRun"
  | "JobsRead"
  | "JobsWrite"
  | "ReportsRead"
  | "ReportsWrite"
  | "ExportsCreate"
  | "WebhooksRead"
  | "WebhooksWrite"
  | "UsersRead"
  | "UsersWrite"
  | "KeysWrite"
  | "AuditRead"
  | "PrivacyManage"
  | "SystemRead";
export type Key = {
  /** Whether it reaches all stores. */
  all_stores: boolean;
  /** When. */
  created_at: string;
  /** Who made it. */
  created_by: string;
  /** Until when it is good. */
  expires_at: string | null;
  /** Its id: the first part of the key. */
  id: string;
  /** When it was used last, to the minute. */
  last_used_at: string | null;
  /** What it is for. */
  name: string;
  /** What it may do. */
  permissions: Permission[];
  /** Since when it is good for nothing. */
  revoked_at: string | null;
  /** The stores of its reach, when not all. */
  store_ids: string[];
};
export type Keys = {
  /** When this was read. */
  as_of: string;
  /** Newest first. */
  keys: Key[];
};
export type MadeKey = {
  /** When it was made. */
  as_of: string;
  /** What is kept of it. */
  details: Key;
  /** For `Authorization: Bearer`. */
  key: string;
};
export type NewKey = {
  /** Whether it reaches all stores. */
  all_stores: boolean;
  /** Until when it is good; without, until it is revoked. */
  expires_at?: string | null;
  /** What it is for; 1 to 120 characters. */
  name: string;
  /** What it may do: not more than whoever makes it, and nothing that is for people alone. */
  permissions: Permission[];
  /** The stores of its reach, when not all. */
  store_ids?: string[];
};
export type AuditEntry = {
  /** What. */
  action: string;
  /** By whom: a person or a key; nil for the hub itself. */
  actor_id: string;
  /** When. */
  at: string;
  /** All that was written, before and after included. */
  entry: object;
  /** The chain up to here, hexadecimal. */
  hash: string;
  /** On what. */
  object: string | null;
  /** Its number, from 1 without holes. */
  seq: number;
};
export type Audit = {
  /** When this was read. */
  as_of: string;
  /** Newest first. */
  entries: AuditEntry[];
  /** Goes on here; null at the end. */
  next_cursor: string | null;
};
export type AuditVerified = {
  /** When this was verified. */
  as_of: string;
  /** The first place where it is broken, for people. */
  broken: string | null;
  /** How many entries stand in an unbroken chain from the first. */
  entries: number;
  /** The hash of the last of them, hexadecimal. */
  hash: string;
  /** Whether the whole chain is as it was written. */
  intact: boolean;
};
export type Role =
  | "viewer"
  | "store_manager"
  | "loss_prevention"
  | "analyst"
  | "fleet_engineer"
  | "operations"
  | "admin"
  | "owner";
export type UserInfo = {
  /** Whether the person reaches all stores; else `store_ids`. */
  all_stores: boolean;
  /** When this was read. */
  as_of: string;
  /** The e-mail to sign in with. */
  email: string;
  /** The person. */
  id: string;
  /** The tenant: all that is shown is its own. */
  organization_id: string;
  /** Its name. */
  organization_name: string;
  /** What the role may do: pages show what is here. */
  permissions: Permission[];
  /** What the person is to the organization. */
  role: Role;
  /** The stores of the person's reach, when not all. */
  store_ids: string[];
};
export type Session = {
  /** For `Authorization: Bearer`. */
  access_token: string;
  /** When this was answered. */
  as_of: string;
  /** How long it lasts, s. */
  expires_in: number;
  /** Buys the next pair, once; using it twice ends the session. */
  refresh_token: string;
  /** Who is signed in. */
  user_info: UserInfo;
};
export type Credentials = {
  /** As printed at the first start, or given by an administrator. */
  email: string;
  /** At most 1024 bytes. */
  password: string;
};
export type LoggedOut = {
  /** When this was answered. */
  as_of: string;
  /** Always true. */
  success: boolean;
};
export type PasswordChange = {
  /** The one that holds now. */
  current: string;
  /** At least 8 characters, 15 advised; not one that is known or easily guessed. */
  new: string;
};
export type SignIn = {
  /** From which address; a proxy's, where one stands before the hub. */
  address: string;
  /** Since when. */
  began_at: string;
  /** What the browser or program called itself. */
  client: string;
  /** Which factors were shown (RFC 8176 names): `pwd`, `otp`, `hwk`. */
  factors: string[];
  /** Its id. */
  id: string;
  /** When it was renewed last. */
  seen_at: string;
  /** Whether it is the one that asks. */
  this_one: boolean;
};
export type SignIns = {
  /** When this was read. */
  as_of: string;
  /** Newest first. */
  sign_ins: SignIn[];
};
export type SteppedUp = {
  /** When this was answered. */
  as_of: string;
  /** Until when it may do what asks for a fresh factor. */
  fresh_until: string;
};
export type StepUpRequest = {
  /** The person's password. */
  password: string;
};
export type EndedCount = {
  /** How often since the hub started. */
  count: number;
  /** One sentence for people. */
  detail: string;
  /** A stable name. */
  reason: string;
};
export type ClockCondition = "synced" | "holdover" | "unset" | "unknown";
export type Clock = {
  /** Hub time less device time when it last spoke of itself, ms. When that is more than
    a queue can explain, there is an alarm, and what the device dates is shown at the corrected time. */
  offset_ms: number | null;
  /** How far to trust it. */
  state: ClockCondition;
};
export type InputCondition =
  "starting" | "running" | "backing_off" | "impaired";
export type InputState = {
  /** The last error. */
  detail: string | null;
  /** `journal`, `printer` or `modbus`. */
  kind: string;
  /** When the last one came. */
  last_at: string | null;
  /** As configured. */
  name: string;
  /** Records since the agent started. */
  records: number;
  /** What it does. */
  state: InputCondition;
};
export type LossReason =
  "thinned" | "dropped" | "corrupt" | "expired" | "buffer_lost";
export type Loss = {
  /** When it was found. */
  at: string;
  /** How many. */
  count: number;
  /** One sentence for people. */
  detail: string;
  /** Of which epoch. */
  epoch: number;
  /** First lost. */
  first: number;
  /** Last lost. */
  last: number;
  /** Why. */
  reason: LossReason;
  /** Of which stream. */
  stream: number;
  /** The statement bears the device's own signature. */
  verified: boolean;
};
export type Freshness = "live" | "delayed" | "stale" | "offline" | "never";
export type StreamState = {
  /** `money`, `telemetry` or `alerts`. */
  name: string;
  /** When the oldest of them was written. */
  oldest_unsent_at: string | null;
  /** All records up to here are stored, or named as lost. */
  stored_through: number;
  /** Its number: 0, 1 or 2. */
  stream: number;
  /** Records the device said it still owes. */
  unsent: number;
};
export type Device = {
  /** Version of its agent. */
  agent_version: string | null;
  /** Its clock. */
  clock: Clock;
  /** It has a session now. */
  connected: boolean;
  /** Frames and records that could not be read; kept aside. */
  dead_letters: number;
  /** Its id. */
  device_id: string;
  /** Bytes its buffer may hold. */
  disk_quota: number | null;
  /** Bytes its buffer holds; null before its first picture of itself. */
  disk_used: number | null;
  /** The epoch of its buffer; 0 before its first word. */
  epoch: number;
  /** `urn:vyavs:{organization}:{store}:{device}`. */
  identity: string;
  /** One entry an input. */
  inputs: InputState[];
  /** When the hub last heard it. */
  last_heard_at: string | null;
  /** What it named as lost, newest first, at most 100. */
  losses: Loss[];
  /** Name and version of each running model. */
  models: string[];
  /** For people. */
  name: string;
  /** How fresh what it says can be. */
  status: Freshness;
  /** Its store. */
  store_id: string;
  /** One entry a stream. */
  streams: StreamState[];
};
export type Devices = {
  /** When this was read. */
  as_of: string;
  /** How connections to the hub ended or were refused since it started, of all devices and of strangers. */
  connections_ended?: EndedCount[];
  /** By name. */
  devices: Device[];
};
export type Token = {
  /** When this was answered. */
  as_of: string;
  /** At the latest 24 hours from now. */
  expires_at: string;
  /** For `vyavs-edge enrol`; good for one device, once. */
  token: string;
};
export type TokenRequest = {
  /** For people; 1 to 80 characters. */
  device_name: string;
  /** The store it will stand in. */
  store_id: string;
};
export type Compare = {
  /** For people. */
  label: string;
  /** In the unit of the figure. */
  value: number;
};
export type KpiId =
  | "sales_today"
  | "receipts_today"
  | "average_basket"
  | "units_today"
  | "open_alarms"
  | "unsent_records";
export type Kpi = {
  /** The figure is complete up to here: when that of its stores was heard which was silent longest; now where none ever was. */
  as_of: string;
  compare: null | Compare;
  /** ISO 4217, for money. */
  currency: string | null;
  /** How it is computed, in one sentence. */
  formula: string;
  /** That of the store that was silent longest. */
  freshness: Freshness;
  /** Which figure. */
  id: KpiId;
  /** For people. */
  label: string;
  /** `[ms since 1970 UTC, value]`, one an hour, oldest first; may be empty. */
  spark: number[][];
  /** `money`, `receipts`, `pieces`, `alarms` or `records`. */
  unit: string;
  /** The figure, in `unit`; money in whole currency units. Null where it has no value: no tickets to average, or
    stores of several currencies (the formula then says so). */
  value: number | null;
};
export type Kpis = {
  /** When this was computed. */
  as_of: string;
  /** In the order to show. */
  kpis: Kpi[];
};
export type Organization = {
  /** When this was read. */
  as_of: string;
  /** Its settings, as given. */
  config: {
    [key: string]: any;
  };
  /** Since when the hub knows it. */
  created_at: string;
  /** Its id. */
  id: string;
  /** What it trades in. */
  industry: string | null;
  /** For people. */
  name: string;
};
export type OrganizationChange = {
  /** 1 to 100 characters. */
  industry?: string | null;
  /** 1 to 120 characters. */
  name?: string | null;
};
export type Step = {
  /** Whether this step lets through. */
  passed: boolean;
  /** For people. */
  reason: string;
};
export type Explained = {
  /** Whether every step let through. */
  allowed: boolean;
  /** In the order they are asked. */
  steps: Step[];
};
export type Explanation = Explained & {
  /** When this was answered. */
  as_of: string;
  /** The routes that ask for this permission. */
  routes: string[];
};
export type ReceiptKind =
  "sale" | "return" | "void" | "training" | "adjustment";
export type ReceiptSource = "journal" | "printer" | "file";
export type Money = {
  /** Whole currency units as a decimal text, with the currency's own digits after the point. */
  amount: string;
  /** ISO 4217. */
  currency: string;
};
export type TenderKind = "cash" | "card" | "voucher" | "account" | "other";
export type Tender = {
  /** How much. */
  amount: Money;
  /** How it was paid. */
  kind: TenderKind;
};
export type Receipt = {
  /** The day in the books. */
  business_day: string;
  /** When it was closed, as the till said. */
  closed_at: string;
  /** When that was by the hub's reckoning; only where the till took its time from a box's wrong clock. */
  event_at?: string | null;
  /** Another ticket has the same till, day and number, but says something else. Both are kept. */
  flagged: boolean;
  /** Its id at the hub. */
  id: string;
  /** What kind of ticket it is. */
  kind: ReceiptKind;
  /** How many lines it has. */
  line_count: number;
  /** The till's own number, as printed. */
  number: string;
  /** Which wire it was read from. */
  source: ReceiptSource;
  /** How it was paid; may be empty. */
  tenders: Tender[];
  /** The till. */
  terminal: string;
  /** What the customer paid; negative on a return. */
  total: Money;
};
export type ReceiptLine = {
  /** Taken off this line. */
  discount: Money;
  /** Its place on the ticket, from 1. */
  line_no: number;
  /** As printed; may be empty. */
  name: string;
  /** Pieces or kilograms as a decimal text; negative on a return. */
  quantity: string;
  /** What was sold. */
  sku: string;
  /** When it was rung. */
  sold_at: string;
  /** What the line comes to. */
  total: Money;
  /** Price of one as a decimal text, with the scale it was rung with, in the ticket's currency. */
  unit_price: string;
};
export type ReceiptDetail = Receipt & {
  /** When this was read. */
  as_of: string;
  /** The loyalty account, as the till knows it. */
  customer: string | null;
  /** Taken off the ticket as a whole. */
  discount: Money;
  /** In order. Fewer than `line_count` while the rest is on its way. */
  lines: ReceiptLine[];
  /** The cashier's number. */
  operator: string | null;
  /** Its store. */
  store_id: string;
  /** Tax added on top of the lines. */
  tax: Money;
};
export type PermissionInfo = {
  /** What it lets somebody do. */
  meaning: string;
  /** The permission. */
  permission: Permission;
};
export type RoleInfo = {
  /** What it may do. */
  permissions: Permission[];
  /** The role. */
  role: Role;
};
export type Roles = {
  /** When this was answered. */
  as_of: string;
  /** All permissions there are. */
  permissions: PermissionInfo[];
  /** From the least to the most. */
  roles: RoleInfo[];
};
export type SalesPoint = {
  /** Start of the hour, or of the business day in the store's zone (of several stores in several zones: UTC midnight). */
  at: string;
  /** Tickets of sale. */
  receipts: number;
  /** Sales less returns; voids, training and adjustments do not count. */
  revenue: Money;
  /** Pieces and kilograms, returns subtracted. */
  units: number;
};
export type Sales = {
  /** When this was computed. */
  as_of: string;
  /** ISO 4217: of all points. */
  currency: string;
  /** Other currencies in which tickets were rung in this time; they are not in the points. */
  other_currencies: string[];
  /** Oldest first. */
  points: SalesPoint[];
};
export type Granularity = "hour" | "day";
export type Location = {
  /** Street and number. */
  address: string | null;
  /** City. */
  city: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
};
export type StoreMetrics = {
  /** The version of the agent heard last. */
  agent_version: string | null;
  /** When the hub last heard one of its devices. */
  last_heard_at: string | null;
  /** When the newest ticket was closed. */
  last_sale_at: string | null;
  /** When the oldest of them was written. */
  oldest_unsent_at: string | null;
  /** Alarms raised and not cleared. */
  open_alarms: number;
  /** Tickets of sale of that day. */
  receipts_today: number;
  /** Sales less returns of the store's current business day. */
  sales_today: Money;
  /** That of its freshest device. */
  status: Freshness;
  /** Records that its devices said they still owe; see `last_heard_at` for when. */
  unsent: number;
};
export type Store = {
  /** ISO 4217: of its tills. */
  currency: string;
  /** Local time at which its business day begins. */
  day_starts: string;
  /** Its id. */
  id: string;
  /** Where it is. */
  location: Location;
  /** How it is doing right now. */
  metrics: StoreMetrics;
  /** For people. */
  name: string;
  /** IANA zone of its clocks. */
  timezone: string;
};
export type Stores = {
  /** When this was computed. */
  as_of: string;
  /** By name. */
  stores: Store[];
};
export type StoreAnswer = Store & {
  /** When this was computed. */
  as_of: string;
};
export type StoreConfig = {
  /** ISO 4217. */
  currency: string;
  /** Local time `HH:MM` at which its business day begins. */
  day_starts?: string;
  /** IANA zone. */
  timezone: string;
};
export type NewStore = {
  /** How it reckons. */
  config: StoreConfig;
  /** Where it is. */
  location?: Location;
  /** For people; 1 to 120 characters, unique in the organization. */
  name: string;
};
export type TillEventKind =
  | "no_sale"
  | "quarantined"
  | "image_only"
  | "tap_loss"
  | "line_voided"
  | "sign_on"
  | "sign_off";
export type TillEvent = {
  /** When. */
  at: string;
  /** Why a receipt was not accepted, what a tap dropped and why, what line was voided, or which cashier it was. */
  detail: string | null;
  /** Its id at the hub. */
  id: string;
  /** What. */
  kind: TillEventKind;
  /** Where. */
  terminal: string;
  /** The text of a receipt that was not accepted, scrubbed of card data. */
  text: string | null;
};
export type TillEvents = {
  /** When this was read. */
  as_of: string;
  /** Newest first. */
  events: TillEvent[];
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
};
export type Receipts = {
  /** When this was read. */
  as_of: string;
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
  /** Newest first. */
  receipts: Receipt[];
};
export type Quality = "good" | "suspect" | "bad";
export type Latest = {
  /** When it was taken. */
  at: string;
  /** How far to trust it. */
  quality: Quality;
  /** In the sensor's unit; null where the sensor gave none. */
  value: number | null;
};
export type Measure =
  | "temperature"
  | "humidity"
  | "power"
  | "count"
  | "door"
  | "state"
  | "weight"
  | "pressure"
  | "voltage"
  | "current"
  | "energy"
  | "illuminance"
  | "carbon_dioxide"
  | "battery"
  | "signal";
export type Sensor = {
  /** By the age of that reading. */
  freshness: Freshness;
  /** Above is wrong. */
  high: number | null;
  /** Unique in the store. */
  id: string;
  latest: null | Latest;
  /** Below is wrong. */
  low: number | null;
  /** What it measures. */
  measure: Measure;
  /** For people. */
  name: string;
  /** SenML (RFC 8428): `Cel`, `%RH`, `W`, `count`, `/`. */
  unit: string;
};
export type Sensors = {
  /** When this was read. */
  as_of: string;
  /** By id. */
  sensors: Sensor[];
};
export type Sync = {
  /** When this was read. */
  as_of: string;
  /** By name. */
  devices: Device[];
};
export type Series = {
  /** Above is wrong. */
  high: number | null;
  /** Below is wrong. */
  low: number | null;
  /** What it measures. */
  measure: Measure;
  /** For people. */
  name: string;
  /** `[start of the interval in ms since 1970 UTC, min, mean, max]`, oldest first; intervals without a reading are absent. */
  points: number[][];
  /** Of which sensor. */
  sensor: string;
  /** SenML. */
  unit: string;
};
export type Telemetry = {
  /** When this was read. */
  as_of: string;
  /** Width of an interval, ms. */
  interval_ms: number;
  /** In the order asked for; all sensors by id without a choice. */
  series: Series[];
};
export type Person = {
  /** Whether the person reaches all stores. */
  all_stores: boolean;
  /** When this was read. */
  as_of: string;
  /** Since when the hub knows the person. */
  created_at: string;
  /** Since when the person is shut out. */
  disabled_at: string | null;
  /** To sign in with. */
  email: string;
  /** Its id. */
  id: string;
  /** How the person is called; may be empty. */
  name: string;
  /** What the person is to the organization. */
  role: Role;
  /** The stores of the reach, when not all. */
  store_ids: string[];
};
export type People = {
  /** When this was read. */
  as_of: string;
  /** By e-mail. */
  users: Person[];
};
export type NewPerson = {
  /** Whether the person reaches all stores. */
  all_stores: boolean;
  /** To sign in with; unique at the hub. */
  email: string;
  /** How the person is called. */
  name?: string | null;
  /** The first password. */
  password: string;
  /** What the person will be. */
  role: Role;
  /** The stores of the reach, when not all. */
  store_ids?: string[];
};
export type PersonChange = {
  /** Whether the person reaches all stores; `false` takes `store_ids`. */
  all_stores?: boolean | null;
  /** Shuts the person out, or lets them in again. */
  disabled?: boolean | null;
  /** How the person is called. */
  name?: string | null;
  role?: null | Role;
  /** The stores of the reach. */
  store_ids?: string[] | null;
};
export const {
  useAlarmsQuery,
  useKeysQuery,
  useCreateKeyMutation,
  useRevokeKeyMutation,
  useAuditQuery,
  useExportAuditQuery,
  useVerifyAuditQuery,
  useLoginMutation,
  useLogoutMutation,
  useChangePasswordMutation,
  useSignInsQuery,
  useEndOtherSignInsMutation,
  useEndSignInMutation,
  useStepUpMutation,
  useDevicesQuery,
  useCreateEnrolmentTokenMutation,
  useKpisQuery,
  useMeQuery,
  useOrganizationQuery,
  useChangeOrganizationMutation,
  useExplainPermissionQuery,
  useReceiptQuery,
  useRolesQuery,
  useSalesQuery,
  useStoresQuery,
  useCreateStoreMutation,
  useStoreQuery,
  useStoreAlarmsQuery,
  useEventsQuery,
  useReceiptsQuery,
  useSensorsQuery,
  useSyncQuery,
  useTelemetryQuery,
  usePeopleQuery,
  useCreatePersonMutation,
  usePersonQuery,
  useChangePersonMutation,
  useEndPersonsSignInsMutation,
} = injectedRtkApi;
