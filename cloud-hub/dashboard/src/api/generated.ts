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
    alerts: build.query<AlertsApiResponse, AlertsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alerts`,
        params: {
          limit: queryArg.limit,
          cursor: queryArg.cursor,
          state: queryArg.state,
          severity: queryArg.severity,
          store_id: queryArg.storeId,
          rule_id: queryArg.ruleId,
          assignee: queryArg.assignee,
          since: queryArg.since,
          until: queryArg.until,
          text: queryArg.text,
        },
      }),
    }),
    bulkAlerts: build.mutation<BulkAlertsApiResponse, BulkAlertsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alerts/bulk`,
        method: "POST",
        body: queryArg.bulkAlerts,
      }),
    }),
    alert: build.query<AlertApiResponse, AlertApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alerts/${encodeURIComponent(String(queryArg.id))}`,
        params: {
          after: queryArg.after,
          limit: queryArg.limit,
        },
      }),
    }),
    acknowledgeAlert: build.mutation<
      AcknowledgeAlertApiResponse,
      AcknowledgeAlertApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/alerts/${encodeURIComponent(String(queryArg.id))}/acknowledge`,
        method: "POST",
      }),
    }),
    assignAlert: build.mutation<AssignAlertApiResponse, AssignAlertApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alerts/${encodeURIComponent(String(queryArg.id))}/assign`,
        method: "POST",
        body: queryArg.assignAlert,
      }),
    }),
    commentAlert: build.mutation<CommentAlertApiResponse, CommentAlertApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alerts/${encodeURIComponent(String(queryArg.id))}/comment`,
        method: "POST",
        body: queryArg.commentAlert,
      }),
    }),
    reopenAlert: build.mutation<ReopenAlertApiResponse, ReopenAlertApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alerts/${encodeURIComponent(String(queryArg.id))}/reopen`,
        method: "POST",
        body: queryArg.reopenAlert,
      }),
    }),
    resolveAlert: build.mutation<ResolveAlertApiResponse, ResolveAlertApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alerts/${encodeURIComponent(String(queryArg.id))}/resolve`,
        method: "POST",
        body: queryArg.resolveAlert,
      }),
    }),
    snoozeAlert: build.mutation<SnoozeAlertApiResponse, SnoozeAlertApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alerts/${encodeURIComponent(String(queryArg.id))}/snooze`,
        method: "POST",
        body: queryArg.snoozeAlert,
      }),
    }),
    suppressAlert: build.mutation<
      SuppressAlertApiResponse,
      SuppressAlertApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/alerts/${encodeURIComponent(String(queryArg.id))}/suppress`,
        method: "POST",
        body: queryArg.suppressAlert,
      }),
    }),
    voteAlert: build.mutation<VoteAlertApiResponse, VoteAlertApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alerts/${encodeURIComponent(String(queryArg.id))}/vote`,
        method: "POST",
        body: queryArg.voteAlert,
      }),
    }),
    wakeAlert: build.mutation<WakeAlertApiResponse, WakeAlertApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/alerts/${encodeURIComponent(String(queryArg.id))}/wake`,
        method: "POST",
      }),
    }),
    analyticsDashboard: build.query<
      AnalyticsDashboardApiResponse,
      AnalyticsDashboardApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/analytics/dashboard`,
        params: {
          store_id: queryArg.storeId,
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
        body: queryArg.newMachine,
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
    ownFactors: build.query<OwnFactorsApiResponse, OwnFactorsApiArg>({
      query: () => ({ url: `/api/v1/auth/factors` }),
    }),
    acceptInvitation: build.mutation<
      AcceptInvitationApiResponse,
      AcceptInvitationApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/auth/invitations/accept`,
        method: "POST",
        body: queryArg.acceptance,
      }),
    }),
    linkedAccounts: build.query<
      LinkedAccountsApiResponse,
      LinkedAccountsApiArg
    >({
      query: () => ({ url: `/api/v1/auth/linked-accounts` }),
    }),
    unlinkAccount: build.mutation<
      UnlinkAccountApiResponse,
      UnlinkAccountApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/auth/linked-accounts/${encodeURIComponent(String(queryArg.id))}`,
        method: "DELETE",
      }),
    }),
    linkInfo: build.mutation<LinkInfoApiResponse, LinkInfoApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/auth/links`,
        method: "POST",
        body: queryArg.linkToken,
      }),
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
    link: build.mutation<LinkApiResponse, LinkApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/auth/oidc/link`,
        method: "POST",
        body: queryArg.leave,
      }),
    }),
    services: build.query<ServicesApiResponse, ServicesApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/auth/oidc/providers`,
        params: {
          email: queryArg.email,
        },
      }),
    }),
    oidcStepUp: build.mutation<OidcStepUpApiResponse, OidcStepUpApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/auth/oidc/step-up`,
        method: "POST",
        body: queryArg.leave,
      }),
    }),
    passkeys: build.query<PasskeysApiResponse, PasskeysApiArg>({
      query: () => ({ url: `/api/v1/auth/passkeys` }),
    }),
    addPasskey: build.mutation<AddPasskeyApiResponse, AddPasskeyApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/auth/passkeys`,
        method: "POST",
        body: queryArg.newPasskey,
      }),
    }),
    passkeyChallenge: build.mutation<
      PasskeyChallengeApiResponse,
      PasskeyChallengeApiArg
    >({
      query: () => ({ url: `/api/v1/auth/passkeys/challenge`, method: "POST" }),
    }),
    beginPasskey: build.mutation<BeginPasskeyApiResponse, BeginPasskeyApiArg>({
      query: () => ({
        url: `/api/v1/auth/passkeys/registration`,
        method: "POST",
      }),
    }),
    passkeySignIn: build.mutation<
      PasskeySignInApiResponse,
      PasskeySignInApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/auth/passkeys/sign-in`,
        method: "POST",
        body: queryArg.passkeySignIn,
      }),
    }),
    removePasskey: build.mutation<
      RemovePasskeyApiResponse,
      RemovePasskeyApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/auth/passkeys/${encodeURIComponent(String(queryArg.id))}`,
        method: "DELETE",
      }),
    }),
    renamePasskey: build.mutation<
      RenamePasskeyApiResponse,
      RenamePasskeyApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/auth/passkeys/${encodeURIComponent(String(queryArg.id))}`,
        method: "PATCH",
        body: queryArg.passkeyChange,
      }),
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
    forgotPassword: build.mutation<
      ForgotPasswordApiResponse,
      ForgotPasswordApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/auth/password/forgot`,
        method: "POST",
        body: queryArg.forgotten,
      }),
    }),
    resetPassword: build.mutation<
      ResetPasswordApiResponse,
      ResetPasswordApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/auth/password/reset`,
        method: "POST",
        body: queryArg.passwordReset,
      }),
    }),
    newRecoveryCodes: build.mutation<
      NewRecoveryCodesApiResponse,
      NewRecoveryCodesApiArg
    >({
      query: () => ({ url: `/api/v1/auth/recovery-codes`, method: "POST" }),
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
    beginTotp: build.mutation<BeginTotpApiResponse, BeginTotpApiArg>({
      query: () => ({ url: `/api/v1/auth/totp`, method: "POST" }),
    }),
    removeTotp: build.mutation<RemoveTotpApiResponse, RemoveTotpApiArg>({
      query: () => ({ url: `/api/v1/auth/totp`, method: "DELETE" }),
    }),
    confirmTotp: build.mutation<ConfirmTotpApiResponse, ConfirmTotpApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/auth/totp/confirm`,
        method: "POST",
        body: queryArg.totpCode,
      }),
    }),
    cases: build.query<CasesApiResponse, CasesApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/cases`,
        params: {
          limit: queryArg.limit,
          cursor: queryArg.cursor,
          state: queryArg.state,
          kind: queryArg.kind,
          store_id: queryArg.storeId,
          assignee: queryArg.assignee,
        },
      }),
    }),
    openCase: build.mutation<OpenCaseApiResponse, OpenCaseApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/cases`,
        method: "POST",
        body: queryArg.newCase,
      }),
    }),
    verifyCaseEvidence: build.mutation<
      VerifyCaseEvidenceApiResponse,
      VerifyCaseEvidenceApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/cases/verify`,
        method: "POST",
        body: queryArg.evidenceToVerify,
      }),
    }),
    getApiV1CasesById: build.query<
      GetApiV1CasesByIdApiResponse,
      GetApiV1CasesByIdApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/cases/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    closeCase: build.mutation<CloseCaseApiResponse, CloseCaseApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/cases/${encodeURIComponent(String(queryArg.id))}/close`,
        method: "POST",
      }),
    }),
    addCaseEntry: build.mutation<AddCaseEntryApiResponse, AddCaseEntryApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/cases/${encodeURIComponent(String(queryArg.id))}/entries`,
        method: "POST",
        body: queryArg.caseCommand,
      }),
    }),
    caseEvidence: build.query<CaseEvidenceApiResponse, CaseEvidenceApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/cases/${encodeURIComponent(String(queryArg.id))}/evidence`,
      }),
    }),
    putCustomer: build.mutation<PutCustomerApiResponse, PutCustomerApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/customers`,
        method: "PUT",
        body: queryArg.customerRecord,
      }),
    }),
    lookUpCustomer: build.mutation<
      LookUpCustomerApiResponse,
      LookUpCustomerApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/customers/lookup`,
        method: "POST",
        body: queryArg.customerLookup,
      }),
    }),
    dailySalesSummary: build.query<
      DailySalesSummaryApiResponse,
      DailySalesSummaryApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/daily-sales-summary`,
        params: {
          from: queryArg["from"],
          to: queryArg.to,
          store_id: queryArg.storeId,
          product_id: queryArg.productId,
          category: queryArg.category,
          limit: queryArg.limit,
          offset: queryArg.offset,
          cursor: queryArg.cursor,
        },
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
    createExport: build.mutation<CreateExportApiResponse, CreateExportApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/exports`,
        method: "POST",
        body: queryArg.exportOrder,
      }),
    }),
    exportFile: build.query<ExportFileApiResponse, ExportFileApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/exports/${encodeURIComponent(String(queryArg.id))}/file`,
      }),
    }),
    generateForecasts: build.mutation<
      GenerateForecastsApiResponse,
      GenerateForecastsApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/forecasts/generate`,
        method: "POST",
        body: queryArg.forecastRequest,
      }),
    }),
    forecasts: build.query<ForecastsApiResponse, ForecastsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/forecasts/${encodeURIComponent(String(queryArg.id))}`,
        params: {
          horizon: queryArg.horizon,
          store_id: queryArg.storeId,
        },
      }),
    }),
    health: build.query<HealthApiResponse, HealthApiArg>({
      query: () => ({ url: `/api/v1/health` }),
    }),
    identityProviders: build.query<
      IdentityProvidersApiResponse,
      IdentityProvidersApiArg
    >({
      query: () => ({ url: `/api/v1/identity-providers` }),
    }),
    createIdentityProvider: build.mutation<
      CreateIdentityProviderApiResponse,
      CreateIdentityProviderApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/identity-providers`,
        method: "POST",
        body: queryArg.newIdentityProvider,
      }),
    }),
    identityProvider: build.query<
      IdentityProviderApiResponse,
      IdentityProviderApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/identity-providers/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    deleteIdentityProvider: build.mutation<
      DeleteIdentityProviderApiResponse,
      DeleteIdentityProviderApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/identity-providers/${encodeURIComponent(String(queryArg.id))}`,
        method: "DELETE",
      }),
    }),
    changeIdentityProvider: build.mutation<
      ChangeIdentityProviderApiResponse,
      ChangeIdentityProviderApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/identity-providers/${encodeURIComponent(String(queryArg.id))}`,
        method: "PATCH",
        body: queryArg.identityProviderChange,
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    inventory: build.query<InventoryApiResponse, InventoryApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/inventory`,
        params: {
          store_id: queryArg.storeId,
          product_id: queryArg.productId,
          below_reorder: queryArg.belowReorder,
          limit: queryArg.limit,
          offset: queryArg.offset,
          cursor: queryArg.cursor,
        },
      }),
    }),
    stock: build.query<StockApiResponse, StockApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/inventory/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    changeStock: build.mutation<ChangeStockApiResponse, ChangeStockApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/inventory/${encodeURIComponent(String(queryArg.id))}`,
        method: "PATCH",
        body: queryArg.stockChange,
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    jobs: build.query<JobsApiResponse, JobsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/jobs`,
        params: {
          limit: queryArg.limit,
          cursor: queryArg.cursor,
          state: queryArg.state,
          kind: queryArg.kind,
          schedule_id: queryArg.scheduleId,
        },
      }),
    }),
    startJob: build.mutation<StartJobApiResponse, StartJobApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/jobs`,
        method: "POST",
        body: queryArg.startJob,
      }),
    }),
    job: build.query<JobApiResponse, JobApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/jobs/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    cancelJob: build.mutation<CancelJobApiResponse, CancelJobApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/jobs/${encodeURIComponent(String(queryArg.id))}/cancel`,
        method: "POST",
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
    machineClients: build.query<
      MachineClientsApiResponse,
      MachineClientsApiArg
    >({
      query: () => ({ url: `/api/v1/machine-clients` }),
    }),
    createMachineClient: build.mutation<
      CreateMachineClientApiResponse,
      CreateMachineClientApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/machine-clients`,
        method: "POST",
        body: queryArg.newMachine,
      }),
    }),
    revokeMachineClient: build.mutation<
      RevokeMachineClientApiResponse,
      RevokeMachineClientApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/machine-clients/${encodeURIComponent(String(queryArg.id))}`,
        method: "DELETE",
      }),
    }),
    mails: build.query<MailsApiResponse, MailsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/mails`,
        params: {
          state: queryArg.state,
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    retryMail: build.mutation<RetryMailApiResponse, RetryMailApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/mails/${encodeURIComponent(String(queryArg.id))}/retry`,
        method: "POST",
      }),
    }),
    me: build.query<MeApiResponse, MeApiArg>({
      query: () => ({ url: `/api/v1/me` }),
    }),
    routes: build.query<RoutesApiResponse, RoutesApiArg>({
      query: () => ({ url: `/api/v1/notification-routes` }),
    }),
    createRoute: build.mutation<CreateRouteApiResponse, CreateRouteApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/notification-routes`,
        method: "POST",
        body: queryArg.routeDefinition,
      }),
    }),
    route: build.query<RouteApiResponse, RouteApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/notification-routes/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    deleteRoute: build.mutation<DeleteRouteApiResponse, DeleteRouteApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/notification-routes/${encodeURIComponent(String(queryArg.id))}`,
        method: "DELETE",
      }),
    }),
    changeRoute: build.mutation<ChangeRouteApiResponse, ChangeRouteApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/notification-routes/${encodeURIComponent(String(queryArg.id))}`,
        method: "PATCH",
        body: queryArg.routeChange,
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    notifications: build.query<NotificationsApiResponse, NotificationsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/notifications`,
        params: {
          unread: queryArg.unread,
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    preferences: build.query<PreferencesApiResponse, PreferencesApiArg>({
      query: () => ({ url: `/api/v1/notifications/preferences` }),
    }),
    changePreferences: build.mutation<
      ChangePreferencesApiResponse,
      ChangePreferencesApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/notifications/preferences`,
        method: "PUT",
        body: queryArg.preferencesChange,
      }),
    }),
    readAllNotifications: build.mutation<
      ReadAllNotificationsApiResponse,
      ReadAllNotificationsApiArg
    >({
      query: () => ({ url: `/api/v1/notifications/read-all`, method: "POST" }),
    }),
    readNotification: build.mutation<
      ReadNotificationApiResponse,
      ReadNotificationApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/notifications/${encodeURIComponent(String(queryArg.id))}/read`,
        method: "POST",
      }),
    }),
    optimizeInventory: build.mutation<
      OptimizeInventoryApiResponse,
      OptimizeInventoryApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/optimization/inventory`,
        method: "POST",
        body: queryArg.inventoryRun,
      }),
    }),
    optimizeMarketing: build.mutation<
      OptimizeMarketingApiResponse,
      OptimizeMarketingApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/optimization/marketing`,
        method: "POST",
        body: queryArg.marketingRun,
      }),
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
    prices: build.query<PricesApiResponse, PricesApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/prices`,
        params: {
          product_id: queryArg.productId,
          store_id: queryArg.storeId,
        },
      }),
    }),
    createPrice: build.mutation<CreatePriceApiResponse, CreatePriceApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/prices`,
        method: "POST",
        body: queryArg.newPrice,
      }),
    }),
    optimizePrices: build.mutation<
      OptimizePricesApiResponse,
      OptimizePricesApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/pricing/optimize`,
        method: "POST",
        body: queryArg.priceRun,
      }),
    }),
    recommendations: build.query<
      RecommendationsApiResponse,
      RecommendationsApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/pricing/recommendations`,
        params: {
          store_id: queryArg.storeId,
          category: queryArg.category,
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    rotateKeys: build.mutation<RotateKeysApiResponse, RotateKeysApiArg>({
      query: () => ({ url: `/api/v1/privacy/keys/rotate`, method: "POST" }),
    }),
    privacyRequests: build.query<
      PrivacyRequestsApiResponse,
      PrivacyRequestsApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/privacy/requests`,
        params: {
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    createPrivacyRequest: build.mutation<
      CreatePrivacyRequestApiResponse,
      CreatePrivacyRequestApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/privacy/requests`,
        method: "POST",
        body: queryArg.newPrivacyRequest,
      }),
    }),
    privacyRequest: build.query<
      PrivacyRequestApiResponse,
      PrivacyRequestApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/privacy/requests/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    confirmErasure: build.mutation<
      ConfirmErasureApiResponse,
      ConfirmErasureApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/privacy/requests/${encodeURIComponent(String(queryArg.id))}/confirm`,
        method: "POST",
      }),
    }),
    privacyFile: build.query<PrivacyFileApiResponse, PrivacyFileApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/privacy/requests/${encodeURIComponent(String(queryArg.id))}/file`,
      }),
    }),
    productGroups: build.query<ProductGroupsApiResponse, ProductGroupsApiArg>({
      query: () => ({ url: `/api/v1/product-groups` }),
    }),
    products: build.query<ProductsApiResponse, ProductsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/products`,
        params: {
          category: queryArg.category,
          search: queryArg.search,
          group: queryArg.group,
          retired: queryArg.retired,
          store_id: queryArg.storeId,
          limit: queryArg.limit,
          offset: queryArg.offset,
          cursor: queryArg.cursor,
        },
      }),
    }),
    createProduct: build.mutation<
      CreateProductApiResponse,
      CreateProductApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/products`,
        method: "POST",
        body: queryArg.newProduct,
      }),
    }),
    product: build.query<ProductApiResponse, ProductApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/products/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    changeProduct: build.mutation<
      ChangeProductApiResponse,
      ChangeProductApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/products/${encodeURIComponent(String(queryArg.id))}`,
        method: "PATCH",
        body: queryArg.productChange,
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    receipt: build.query<ReceiptApiResponse, ReceiptApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/receipts/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    reports: build.query<ReportsApiResponse, ReportsApiArg>({
      query: () => ({ url: `/api/v1/reports` }),
    }),
    createReport: build.mutation<CreateReportApiResponse, CreateReportApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/reports`,
        method: "POST",
        body: queryArg.reportOrder,
      }),
    }),
    reportFile: build.query<ReportFileApiResponse, ReportFileApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/reports/${encodeURIComponent(String(queryArg.id))}/file`,
      }),
    }),
    retention: build.query<RetentionApiResponse, RetentionApiArg>({
      query: () => ({ url: `/api/v1/retention` }),
    }),
    setRetention: build.mutation<SetRetentionApiResponse, SetRetentionApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/retention`,
        method: "PUT",
        body: queryArg.retentionSettings,
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    riskAlerts: build.query<RiskAlertsApiResponse, RiskAlertsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/risks/alerts`,
        params: {
          store_id: queryArg.storeId,
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    analyzeRisks: build.mutation<AnalyzeRisksApiResponse, AnalyzeRisksApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/risks/analyze`,
        method: "POST",
        body: queryArg.riskRun,
      }),
    }),
    roles: build.query<RolesApiResponse, RolesApiArg>({
      query: () => ({ url: `/api/v1/roles` }),
    }),
    rules: build.query<RulesApiResponse, RulesApiArg>({
      query: () => ({ url: `/api/v1/rules` }),
    }),
    createRule: build.mutation<CreateRuleApiResponse, CreateRuleApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/rules`,
        method: "POST",
        body: queryArg.newRule,
      }),
    }),
    ruleMeasures: build.query<RuleMeasuresApiResponse, RuleMeasuresApiArg>({
      query: () => ({ url: `/api/v1/rules/measures` }),
    }),
    rule: build.query<RuleApiResponse, RuleApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/rules/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    deleteRule: build.mutation<DeleteRuleApiResponse, DeleteRuleApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/rules/${encodeURIComponent(String(queryArg.id))}`,
        method: "DELETE",
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    changeRule: build.mutation<ChangeRuleApiResponse, ChangeRuleApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/rules/${encodeURIComponent(String(queryArg.id))}`,
        method: "PATCH",
        body: queryArg.ruleChange,
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    activateRule: build.mutation<ActivateRuleApiResponse, ActivateRuleApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/rules/${encodeURIComponent(String(queryArg.id))}/activate`,
        method: "POST",
      }),
    }),
    backtestRule: build.mutation<BacktestRuleApiResponse, BacktestRuleApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/rules/${encodeURIComponent(String(queryArg.id))}/backtest`,
        method: "POST",
        body: queryArg.body,
      }),
    }),
    deactivateRule: build.mutation<
      DeactivateRuleApiResponse,
      DeactivateRuleApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/rules/${encodeURIComponent(String(queryArg.id))}/deactivate`,
        method: "POST",
      }),
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
    schedules: build.query<SchedulesApiResponse, SchedulesApiArg>({
      query: () => ({ url: `/api/v1/schedules` }),
    }),
    createSchedule: build.mutation<
      CreateScheduleApiResponse,
      CreateScheduleApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/schedules`,
        method: "POST",
        body: queryArg.newSchedule,
      }),
    }),
    schedule: build.query<ScheduleApiResponse, ScheduleApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/schedules/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    deleteSchedule: build.mutation<
      DeleteScheduleApiResponse,
      DeleteScheduleApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/schedules/${encodeURIComponent(String(queryArg.id))}`,
        method: "DELETE",
      }),
    }),
    changeSchedule: build.mutation<
      ChangeScheduleApiResponse,
      ChangeScheduleApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/schedules/${encodeURIComponent(String(queryArg.id))}`,
        method: "PATCH",
        body: queryArg.scheduleChange,
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    twin: build.query<TwinApiResponse, TwinApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/simulation/twin/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    whatIf: build.mutation<WhatIfApiResponse, WhatIfApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/simulation/what-if`,
        method: "POST",
        body: queryArg.whatIf,
      }),
    }),
    stockEvents: build.query<StockEventsApiResponse, StockEventsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/stock-events`,
        params: {
          store_id: queryArg.storeId,
          product_id: queryArg.productId,
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    bookStockEvent: build.mutation<
      BookStockEventApiResponse,
      BookStockEventApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/stock-events`,
        method: "POST",
        body: queryArg.newStockEvent,
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
    transactions: build.query<TransactionsApiResponse, TransactionsApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/transactions`,
        params: {
          store_id: queryArg.storeId,
          product_id: queryArg.productId,
          category: queryArg.category,
          register: queryArg.register,
          cashier: queryArg.cashier,
          customer_id: queryArg.customerId,
          receipt_number: queryArg.receiptNumber,
          kind: queryArg.kind,
          min_total: queryArg.minTotal,
          max_total: queryArg.maxTotal,
          from: queryArg["from"],
          to: queryArg.to,
          count: queryArg.count,
          limit: queryArg.limit,
          offset: queryArg.offset,
          cursor: queryArg.cursor,
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
    removePersonsFactors: build.mutation<
      RemovePersonsFactorsApiResponse,
      RemovePersonsFactorsApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/users/${encodeURIComponent(String(queryArg.id))}/factors`,
        method: "DELETE",
      }),
    }),
    invitePerson: build.mutation<InvitePersonApiResponse, InvitePersonApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/users/${encodeURIComponent(String(queryArg.id))}/invite`,
        method: "POST",
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
    replayDelivery: build.mutation<
      ReplayDeliveryApiResponse,
      ReplayDeliveryApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/webhook-deliveries/${encodeURIComponent(String(queryArg.id))}/replay`,
        method: "POST",
      }),
    }),
    webhooks: build.query<WebhooksApiResponse, WebhooksApiArg>({
      query: () => ({ url: `/api/v1/webhooks` }),
    }),
    createWebhook: build.mutation<
      CreateWebhookApiResponse,
      CreateWebhookApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/webhooks`,
        method: "POST",
        body: queryArg.newWebhook,
      }),
    }),
    webhook: build.query<WebhookApiResponse, WebhookApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/webhooks/${encodeURIComponent(String(queryArg.id))}`,
      }),
    }),
    deleteWebhook: build.mutation<
      DeleteWebhookApiResponse,
      DeleteWebhookApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/webhooks/${encodeURIComponent(String(queryArg.id))}`,
        method: "DELETE",
      }),
    }),
    changeWebhook: build.mutation<
      ChangeWebhookApiResponse,
      ChangeWebhookApiArg
    >({
      query: (queryArg) => ({
        url: `/api/v1/webhooks/${encodeURIComponent(String(queryArg.id))}`,
        method: "PATCH",
        body: queryArg.webhookChange,
        headers: {
          "If-Match": queryArg["If-Match"],
        },
      }),
    }),
    deliveries: build.query<DeliveriesApiResponse, DeliveriesApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/webhooks/${encodeURIComponent(String(queryArg.id))}/deliveries`,
        params: {
          state: queryArg.state,
          limit: queryArg.limit,
          cursor: queryArg.cursor,
        },
      }),
    }),
    renewSecret: build.mutation<RenewSecretApiResponse, RenewSecretApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/webhooks/${encodeURIComponent(String(queryArg.id))}/secret`,
        method: "POST",
      }),
    }),
    testWebhook: build.mutation<TestWebhookApiResponse, TestWebhookApiArg>({
      query: (queryArg) => ({
        url: `/api/v1/webhooks/${encodeURIComponent(String(queryArg.id))}/test`,
        method: "POST",
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
export type AlertsApiResponse = /** status 200  */ Alerts;
export type AlertsApiArg = {
  /** Alerts a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
  /** Out of `open`, `acknowledged`, `snoozed`, `suppressed`, `resolved`; a list with commas. All without. */
  state?: string;
  /** Out of `info`, `warning`, `critical`; a list with commas. All without. */
  severity?: string;
  /** Of one store only. */
  storeId?: string;
  /** Of one rule only. */
  ruleId?: string;
  /** Assigned to this person; `none` for those of nobody. */
  assignee?: string;
  /** Opened at this time or later. */
  since?: string;
  /** Opened before this time. */
  until?: string;
  /** A text in title, cause or subject. */
  text?: string;
};
export type BulkAlertsApiResponse = /** status 200  */ BulkDone;
export type BulkAlertsApiArg = {
  bulkAlerts: BulkAlerts;
};
export type AlertApiResponse = /** status 200  */ AlertDetail;
export type AlertApiArg = {
  /** The alert */
  id: string;
  /** What happened after the event of this number; 0, the whole history, without. */
  after?: number;
  /** Events, 1 to 500; 200 without. */
  limit?: number;
};
export type AcknowledgeAlertApiResponse = /** status 200  */ Alert;
export type AcknowledgeAlertApiArg = {
  /** The alert */
  id: string;
};
export type AssignAlertApiResponse = /** status 200  */ Alert;
export type AssignAlertApiArg = {
  /** The alert */
  id: string;
  assignAlert: AssignAlert;
};
export type CommentAlertApiResponse = /** status 200  */ Alert;
export type CommentAlertApiArg = {
  /** The alert */
  id: string;
  commentAlert: CommentAlert;
};
export type ReopenAlertApiResponse = /** status 200  */ Alert;
export type ReopenAlertApiArg = {
  /** The alert */
  id: string;
  reopenAlert: ReopenAlert;
};
export type ResolveAlertApiResponse = /** status 200  */ Alert;
export type ResolveAlertApiArg = {
  /** The alert */
  id: string;
  resolveAlert: ResolveAlert;
};
export type SnoozeAlertApiResponse = /** status 200  */ Alert;
export type SnoozeAlertApiArg = {
  /** The alert */
  id: string;
  snoozeAlert: SnoozeAlert;
};
export type SuppressAlertApiResponse = /** status 200  */ Alert;
export type SuppressAlertApiArg = {
  /** The alert */
  id: string;
  suppressAlert: SuppressAlert;
};
export type VoteAlertApiResponse = /** status 200  */ Alert;
export type VoteAlertApiArg = {
  /** The alert */
  id: string;
  voteAlert: VoteAlert;
};
export type WakeAlertApiResponse = /** status 200  */ Alert;
export type WakeAlertApiArg = {
  /** The alert */
  id: string;
};
export type AnalyticsDashboardApiResponse = /** status 200  */ Analytics;
export type AnalyticsDashboardApiArg = {
  /** Which store. */
  storeId: string;
};
export type KeysApiResponse = /** status 200  */ Keys;
export type KeysApiArg = void;
export type CreateKeyApiResponse = /** status 201  */ MadeKey;
export type CreateKeyApiArg = {
  newMachine: NewMachine;
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
export type OwnFactorsApiResponse = /** status 200  */ Factors;
export type OwnFactorsApiArg = void;
export type AcceptInvitationApiResponse = unknown;
export type AcceptInvitationApiArg = {
  acceptance: Acceptance;
};
export type LinkedAccountsApiResponse = /** status 200  */ LinkedAccounts;
export type LinkedAccountsApiArg = void;
export type UnlinkAccountApiResponse = unknown;
export type UnlinkAccountApiArg = {
  /** The linked account */
  id: string;
};
export type LinkInfoApiResponse = /** status 200  */ LinkInfo;
export type LinkInfoApiArg = {
  linkToken: LinkToken;
};
export type LoginApiResponse = /** status 200  */ Session;
export type LoginApiArg = {
  credentials: Credentials;
};
export type LogoutApiResponse = /** status 200  */ LoggedOut;
export type LogoutApiArg = void;
export type LinkApiResponse = /** status 200  */ LeaveTo;
export type LinkApiArg = {
  leave: Leave;
};
export type ServicesApiResponse = /** status 200  */ SignInServices;
export type ServicesApiArg = {
  /** The e-mail address that somebody wants to sign in with; only its domain is looked at. */
  email: string;
};
export type OidcStepUpApiResponse = /** status 200  */ LeaveTo;
export type OidcStepUpApiArg = {
  leave: Leave;
};
export type PasskeysApiResponse = /** status 200  */ Passkeys;
export type PasskeysApiArg = void;
export type AddPasskeyApiResponse = /** status 201  */ Passkey;
export type AddPasskeyApiArg = {
  newPasskey: NewPasskey;
};
export type PasskeyChallengeApiResponse = /** status 200  */ PasskeyOptions;
export type PasskeyChallengeApiArg = void;
export type BeginPasskeyApiResponse = /** status 200  */ PasskeyOptions;
export type BeginPasskeyApiArg = void;
export type PasskeySignInApiResponse = /** status 200  */ Session;
export type PasskeySignInApiArg = {
  passkeySignIn: PasskeySignIn;
};
export type RemovePasskeyApiResponse = unknown;
export type RemovePasskeyApiArg = {
  /** The passkey */
  id: string;
};
export type RenamePasskeyApiResponse = /** status 200  */ Passkey;
export type RenamePasskeyApiArg = {
  /** The passkey */
  id: string;
  passkeyChange: PasskeyChange;
};
export type ChangePasswordApiResponse = unknown;
export type ChangePasswordApiArg = {
  passwordChange: PasswordChange;
};
export type ForgotPasswordApiResponse = /** status 202  */ Heard;
export type ForgotPasswordApiArg = {
  forgotten: Forgotten;
};
export type ResetPasswordApiResponse = unknown;
export type ResetPasswordApiArg = {
  passwordReset: PasswordReset;
};
export type NewRecoveryCodesApiResponse = /** status 201  */ NewRecoveryCodes;
export type NewRecoveryCodesApiArg = void;
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
export type BeginTotpApiResponse = /** status 201  */ TotpSetup;
export type BeginTotpApiArg = void;
export type RemoveTotpApiResponse = unknown;
export type RemoveTotpApiArg = void;
export type ConfirmTotpApiResponse = /** status 200  */ NewRecoveryCodes;
export type ConfirmTotpApiArg = {
  totpCode: TotpCode;
};
export type CasesApiResponse = /** status 200  */ Cases;
export type CasesApiArg = {
  /** Cases a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
  /** In this state only: `open`, `in_review`, `proposed_close`, `closed`. */
  state?: CaseState;
  /** Of this kind only: `fraud`, `loss`. */
  kind?: CaseKind;
  /** Of one store only. */
  storeId?: string;
  /** Assigned to this person. */
  assignee?: string;
};
export type OpenCaseApiResponse = /** status 201  */ CaseDetail;
export type OpenCaseApiArg = {
  newCase: NewCase;
};
export type VerifyCaseEvidenceApiResponse = /** status 200  */ EvidenceVerified;
export type VerifyCaseEvidenceApiArg = {
  evidenceToVerify: EvidenceToVerify;
};
export type GetApiV1CasesByIdApiResponse = /** status 200  */ CaseDetail;
export type GetApiV1CasesByIdApiArg = {
  /** The case */
  id: string;
};
export type CloseCaseApiResponse = /** status 200  */ CaseDetail;
export type CloseCaseApiArg = {
  /** The case */
  id: string;
};
export type AddCaseEntryApiResponse = /** status 200  */ CaseDetail;
export type AddCaseEntryApiArg = {
  /** The case */
  id: string;
  caseCommand: CaseCommand;
};
export type CaseEvidenceApiResponse =
  /** status 200 JSON lines: a header, then the entries with their hashes */ string;
export type CaseEvidenceApiArg = {
  /** The case */
  id: string;
};
export type PutCustomerApiResponse = /** status 200  */ Customer;
export type PutCustomerApiArg = {
  customerRecord: CustomerRecord;
};
export type LookUpCustomerApiResponse = /** status 200  */ Customer;
export type LookUpCustomerApiArg = {
  customerLookup: CustomerLookup;
};
export type DailySalesSummaryApiResponse = /** status 200  */ DailySalesSummary;
export type DailySalesSummaryApiArg = {
  /** First business day; six days before `to` without. */
  from?: string;
  /** Last business day, included; today without (of UTC). At most 3660 days after `from`. */
  to?: string;
  /** In one store only. */
  storeId?: string;
  /** Of one product only. */
  productId?: string;
  /** Of products of this category, letter by letter. */
  category?: string;
  /** Rows a page, 1 to 500; 50 without. */
  limit?: number;
  /** Rows to leave out, 0 to 100000, counted from the cursor where there is one; 0 without. */
  offset?: number;
  /** `page_info.next_cursor` of the page before. */
  cursor?: string;
};
export type DevicesApiResponse = /** status 200  */ Devices;
export type DevicesApiArg = void;
export type CreateEnrolmentTokenApiResponse = /** status 201  */ Token;
export type CreateEnrolmentTokenApiArg = {
  tokenRequest: TokenRequest;
};
export type CreateExportApiResponse = /** status 202  */ Queued;
export type CreateExportApiArg = {
  exportOrder: ExportOrder;
};
export type ExportFileApiResponse = /** status 200 The file */ FileBody;
export type ExportFileApiArg = {
  /** The job */
  id: string;
};
export type GenerateForecastsApiResponse =
  /** status 202 With an engine: the job that began */ ForecastJob;
export type GenerateForecastsApiArg = {
  forecastRequest: ForecastRequest;
};
export type ForecastsApiResponse = /** status 200  */ Forecasts;
export type ForecastsApiArg = {
  /** The product */
  id: string;
  /** Days from today (of UTC) on, 1 to 365; 14 without. */
  horizon?: number;
  /** In one store only. */
  storeId?: string;
};
export type HealthApiResponse = /** status 200  */ HealthDetail;
export type HealthApiArg = void;
export type IdentityProvidersApiResponse = /** status 200  */ IdentityProviders;
export type IdentityProvidersApiArg = void;
export type CreateIdentityProviderApiResponse =
  /** status 201  */ IdentityProvider;
export type CreateIdentityProviderApiArg = {
  newIdentityProvider: NewIdentityProvider;
};
export type IdentityProviderApiResponse = /** status 200  */ IdentityProvider;
export type IdentityProviderApiArg = {
  /** The service */
  id: string;
};
export type DeleteIdentityProviderApiResponse = unknown;
export type DeleteIdentityProviderApiArg = {
  /** The service */
  id: string;
};
export type ChangeIdentityProviderApiResponse =
  /** status 200  */ IdentityProvider;
export type ChangeIdentityProviderApiArg = {
  /** The service */
  id: string;
  /** The ETag that was read */
  "If-Match": string;
  identityProviderChange: IdentityProviderChange;
};
export type InventoryApiResponse = /** status 200  */ Inventory;
export type InventoryApiArg = {
  /** In one store only. */
  storeId?: string;
  /** Of one product only. */
  productId?: string;
  /** `true`: at or below the reorder point; `false`: above it, or without one. */
  belowReorder?: boolean;
  /** Rows a page, 1 to 500; 50 without. */
  limit?: number;
  /** Rows to leave out, 0 to 100000, counted from the cursor where there is one; 0 without. */
  offset?: number;
  /** `page_info.next_cursor` of the page before. */
  cursor?: string;
};
export type StockApiResponse = /** status 200  */ StockAnswer;
export type StockApiArg = {
  /** The row */
  id: string;
};
export type ChangeStockApiResponse = /** status 200  */ StockAnswer;
export type ChangeStockApiArg = {
  /** The row */
  id: string;
  /** The ETag that was read */
  "If-Match": string;
  stockChange: StockChange;
};
export type JobsApiResponse = /** status 200  */ Jobs;
export type JobsApiArg = {
  /** Jobs a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
  /** In this state only. */
  state?: JobState;
  /** Of this kind only. */
  kind?: string;
  /** Started by this schedule only. */
  scheduleId?: string;
};
export type StartJobApiResponse = /** status 202  */ Queued;
export type StartJobApiArg = {
  startJob: StartJob;
};
export type JobApiResponse = /** status 200  */ Job;
export type JobApiArg = {
  /** The job */
  id: string;
};
export type CancelJobApiResponse = /** status 200  */ Job;
export type CancelJobApiArg = {
  /** The job */
  id: string;
};
export type KpisApiResponse = /** status 200  */ Kpis;
export type KpisApiArg = {
  /** One store only; all of them without. */
  storeId?: string;
};
export type MachineClientsApiResponse = /** status 200  */ MachineClients;
export type MachineClientsApiArg = void;
export type CreateMachineClientApiResponse =
  /** status 201  */ MadeMachineClient;
export type CreateMachineClientApiArg = {
  newMachine: NewMachine;
};
export type RevokeMachineClientApiResponse = unknown;
export type RevokeMachineClientApiArg = {
  /** The client */
  id: string;
};
export type MailsApiResponse = /** status 200  */ Mails;
export type MailsApiArg = {
  /** Only these. */
  state?: "waiting" | "sent" | "failed";
  /** Rows a page, 1 to 200; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type RetryMailApiResponse = unknown;
export type RetryMailApiArg = {
  /** The mail */
  id: string;
};
export type MeApiResponse = /** status 200  */ UserInfo;
export type MeApiArg = void;
export type RoutesApiResponse = /** status 200  */ AlertRoutes;
export type RoutesApiArg = void;
export type CreateRouteApiResponse = /** status 201  */ AlertRoute;
export type CreateRouteApiArg = {
  routeDefinition: RouteDefinition;
};
export type RouteApiResponse = /** status 200  */ AlertRoute;
export type RouteApiArg = {
  /** The route */
  id: string;
};
export type DeleteRouteApiResponse = unknown;
export type DeleteRouteApiArg = {
  /** The route */
  id: string;
};
export type ChangeRouteApiResponse = /** status 200  */ AlertRoute;
export type ChangeRouteApiArg = {
  /** The route */
  id: string;
  /** The ETag that was read */
  "If-Match": string;
  routeChange: RouteChange;
};
export type NotificationsApiResponse = /** status 200  */ Notifications;
export type NotificationsApiArg = {
  /** Only those that are not read. */
  unread?: boolean;
  /** Rows a page, 1 to 200; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type PreferencesApiResponse = /** status 200  */ Preferences;
export type PreferencesApiArg = void;
export type ChangePreferencesApiResponse = /** status 200  */ Preferences;
export type ChangePreferencesApiArg = {
  preferencesChange: PreferencesChange;
};
export type ReadAllNotificationsApiResponse = /** status 200  */ AllRead;
export type ReadAllNotificationsApiArg = void;
export type ReadNotificationApiResponse = /** status 200  */ Notification;
export type ReadNotificationApiArg = {
  /** The notification */
  id: string;
};
export type OptimizeInventoryApiResponse =
  /** status 200 With an engine: its plan */ InventoryPlan;
export type OptimizeInventoryApiArg = {
  inventoryRun: InventoryRun;
};
export type OptimizeMarketingApiResponse =
  /** status 200 With an engine: its plan */ MarketingPlan;
export type OptimizeMarketingApiArg = {
  marketingRun: MarketingRun;
};
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
export type PricesApiResponse = /** status 200  */ Prices;
export type PricesApiArg = {
  /** Of which product. */
  productId: string;
  /** Only those that can hold in this store; those of every store in reach without. */
  storeId?: string;
};
export type CreatePriceApiResponse = /** status 201  */ PriceAnswer;
export type CreatePriceApiArg = {
  newPrice: NewPrice;
};
export type OptimizePricesApiResponse =
  /** status 200 With an engine: what it found */ PriceResults;
export type OptimizePricesApiArg = {
  priceRun: PriceRun;
};
export type RecommendationsApiResponse = /** status 200  */ Recommendations;
export type RecommendationsApiArg = {
  /** For one store, and for everywhere. */
  storeId?: string;
  /** For products of this category, letter by letter. */
  category?: string;
  /** Recommendations a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type RotateKeysApiResponse = /** status 202  */ Queued;
export type RotateKeysApiArg = void;
export type PrivacyRequestsApiResponse = /** status 200  */ PrivacyRequests;
export type PrivacyRequestsApiArg = {
  /** Requests a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type CreatePrivacyRequestApiResponse = /** status 201  */ PrivacyRequest;
export type CreatePrivacyRequestApiArg = {
  newPrivacyRequest: NewPrivacyRequest;
};
export type PrivacyRequestApiResponse = /** status 200  */ PrivacyRequest;
export type PrivacyRequestApiArg = {
  /** The request */
  id: string;
};
export type ConfirmErasureApiResponse = /** status 202  */ PrivacyRequest;
export type ConfirmErasureApiArg = {
  /** The request */
  id: string;
};
export type PrivacyFileApiResponse = /** status 200 The file */ object;
export type PrivacyFileApiArg = {
  /** The request */
  id: string;
};
export type ProductGroupsApiResponse = /** status 200  */ ProductGroups;
export type ProductGroupsApiArg = void;
export type ProductsApiResponse = /** status 200  */ Products;
export type ProductsApiArg = {
  /** Of this category, letter by letter. */
  category?: string;
  /** Words that must all be there, each as the beginning of a word of SKU, name, category, hierarchy or barcode. */
  search?: string;
  /** Of this place in the hierarchy and those below it: a `path` of `/product-groups`. */
  group?: string;
  /** `true`: only those no longer listed; `all`: these too; those that are listed without. */
  retired?: string;
  /** `price` is that of this store; that of every store without. */
  storeId?: string;
  /** Rows a page, 1 to 500; 50 without. */
  limit?: number;
  /** Rows to leave out, 0 to 100000, counted from the cursor where there is one; 0 without. */
  offset?: number;
  /** `page_info.next_cursor` of the page before. */
  cursor?: string;
};
export type CreateProductApiResponse = /** status 201  */ ProductAnswer;
export type CreateProductApiArg = {
  newProduct: NewProduct;
};
export type ProductApiResponse = /** status 200  */ ProductAnswer;
export type ProductApiArg = {
  /** The product */
  id: string;
};
export type ChangeProductApiResponse = /** status 200  */ ProductAnswer;
export type ChangeProductApiArg = {
  /** The product */
  id: string;
  /** The ETag that was read */
  "If-Match": string;
  productChange: ProductChange;
};
export type ReceiptApiResponse = /** status 200  */ ReceiptDetail;
export type ReceiptApiArg = {
  /** The ticket */
  id: string;
};
export type ReportsApiResponse = /** status 200  */ Reports;
export type ReportsApiArg = void;
export type CreateReportApiResponse = /** status 202  */ Queued;
export type CreateReportApiArg = {
  reportOrder: ReportOrder;
};
export type ReportFileApiResponse = /** status 200 The file */ FileBody;
export type ReportFileApiArg = {
  /** The job */
  id: string;
};
export type RetentionApiResponse = /** status 200  */ Retention;
export type RetentionApiArg = void;
export type SetRetentionApiResponse = /** status 200  */ Retention;
export type SetRetentionApiArg = {
  /** The ETag that was read */
  "If-Match": string;
  retentionSettings: RetentionSettings;
};
export type RiskAlertsApiResponse = /** status 200  */ RiskAlerts;
export type RiskAlertsApiArg = {
  /** Of one store only. */
  storeId?: string;
  /** Alerts a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type AnalyzeRisksApiResponse =
  /** status 200 With an engine: what it found */ RiskResult;
export type AnalyzeRisksApiArg = {
  riskRun: RiskRun;
};
export type RolesApiResponse = /** status 200  */ Roles;
export type RolesApiArg = void;
export type RulesApiResponse = /** status 200  */ AlertRules;
export type RulesApiArg = void;
export type CreateRuleApiResponse = /** status 201  */ AlertRule;
export type CreateRuleApiArg = {
  newRule: NewRule;
};
export type RuleMeasuresApiResponse = /** status 200  */ RuleMeasures;
export type RuleMeasuresApiArg = void;
export type RuleApiResponse = /** status 200  */ AlertRule;
export type RuleApiArg = {
  /** The rule */
  id: string;
};
export type DeleteRuleApiResponse = unknown;
export type DeleteRuleApiArg = {
  /** The rule */
  id: string;
  /** The ETag that was read */
  "If-Match": string;
};
export type ChangeRuleApiResponse = /** status 200  */ AlertRule;
export type ChangeRuleApiArg = {
  /** The rule */
  id: string;
  /** The ETag that was read */
  "If-Match": string;
  ruleChange: RuleChange;
};
export type ActivateRuleApiResponse = /** status 200  */ AlertRule;
export type ActivateRuleApiArg = {
  /** The rule */
  id: string;
};
export type BacktestRuleApiResponse = /** status 202  */ Queued;
export type BacktestRuleApiArg = {
  /** The rule */
  id: string;
  body: null | BacktestOrder;
};
export type DeactivateRuleApiResponse = /** status 200  */ AlertRule;
export type DeactivateRuleApiArg = {
  /** The rule */
  id: string;
};
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
export type SchedulesApiResponse = /** status 200  */ Schedules;
export type SchedulesApiArg = void;
export type CreateScheduleApiResponse = /** status 201  */ Schedule;
export type CreateScheduleApiArg = {
  newSchedule: NewSchedule;
};
export type ScheduleApiResponse = /** status 200  */ Schedule;
export type ScheduleApiArg = {
  /** The schedule */
  id: string;
};
export type DeleteScheduleApiResponse = unknown;
export type DeleteScheduleApiArg = {
  /** The schedule */
  id: string;
};
export type ChangeScheduleApiResponse = /** status 200  */ Schedule;
export type ChangeScheduleApiArg = {
  /** The schedule */
  id: string;
  /** The ETag that was read */
  "If-Match": string;
  scheduleChange: ScheduleChange;
};
export type TwinApiResponse = /** status 200  */ Twin;
export type TwinApiArg = {
  /** The store */
  id: string;
};
export type WhatIfApiResponse =
  /** status 200 With an engine: what it found */ WhatIfResult;
export type WhatIfApiArg = {
  whatIf: WhatIf;
};
export type StockEventsApiResponse = /** status 200  */ StockEvents;
export type StockEventsApiArg = {
  /** In one store only. */
  storeId?: string;
  /** Of one product only. */
  productId?: string;
  /** Events a page, 1 to 500; 50 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type BookStockEventApiResponse =
  | /** status 200 Booked before, just so */ StockEventAnswer
  | /** status 201 Booked now */ StockEventAnswer;
export type BookStockEventApiArg = {
  newStockEvent: NewStockEvent;
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
export type TransactionsApiResponse = /** status 200  */ Transactions;
export type TransactionsApiArg = {
  /** In one store only. */
  storeId?: string;
  /** Of one product only. */
  productId?: string;
  /** Of products of this category, letter by letter. */
  category?: string;
  /** Rung at this till. */
  register?: string;
  /** Rung by this cashier's number. */
  cashier?: string;
  /** For this customer: the number of the loyalty account, or a pseudonym. */
  customerId?: string;
  /** On tickets of this number. */
  receiptNumber?: string;
  /** On tickets of this kind: `sale`, `return`, `void`, `training` or `adjustment`; all without. */
  kind?: string;
  /** Lines that come to this or more, a decimal text in the stores' currency (they must have one, or choose one store). */
  minTotal?: string;
  /** Lines that come to this or less. */
  maxTotal?: string;
  /** From here; 31 days before `to` without. Asked by till, cashier, customer, ticket or kind: tickets closed from here. */
  from?: string;
  /** To here, excluded; now without. At most 10 years after `from`. */
  to?: string;
  /** `true`: count what matches, up to 10000. */
  count?: boolean;
  /** Rows a page, 1 to 500; 50 without. */
  limit?: number;
  /** Rows to leave out, 0 to 100000, counted from the cursor where there is one; 0 without. */
  offset?: number;
  /** `page_info.next_cursor` of the page before. */
  cursor?: string;
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
export type RemovePersonsFactorsApiResponse = unknown;
export type RemovePersonsFactorsApiArg = {
  /** The person */
  id: string;
};
export type InvitePersonApiResponse = /** status 202  */ Invited;
export type InvitePersonApiArg = {
  /** The person */
  id: string;
};
export type EndPersonsSignInsApiResponse = unknown;
export type EndPersonsSignInsApiArg = {
  /** The person */
  id: string;
};
export type ReplayDeliveryApiResponse = /** status 202  */ QueuedDelivery;
export type ReplayDeliveryApiArg = {
  /** The delivery */
  id: string;
};
export type WebhooksApiResponse = /** status 200  */ Webhooks;
export type WebhooksApiArg = void;
export type CreateWebhookApiResponse = /** status 201  */ MadeSecret;
export type CreateWebhookApiArg = {
  newWebhook: NewWebhook;
};
export type WebhookApiResponse = /** status 200  */ Webhook;
export type WebhookApiArg = {
  /** The webhook */
  id: string;
};
export type DeleteWebhookApiResponse = unknown;
export type DeleteWebhookApiArg = {
  /** The webhook */
  id: string;
};
export type ChangeWebhookApiResponse = /** status 200  */ Webhook;
export type ChangeWebhookApiArg = {
  /** The webhook */
  id: string;
  /** The ETag that was read */
  "If-Match": string;
  webhookChange: WebhookChange;
};
export type DeliveriesApiResponse = /** status 200  */ Deliveries;
export type DeliveriesApiArg = {
  /** The webhook */
  id: string;
  /** Only these. */
  state?: "waiting" | "delivered" | "failed";
  /** Rows a page, 1 to 100; 25 without. */
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
};
export type RenewSecretApiResponse = /** status 201  */ MadeSecret;
export type RenewSecretApiArg = {
  /** The webhook */
  id: string;
};
export type TestWebhookApiResponse = /** status 202  */ QueuedDelivery;
export type TestWebhookApiArg = {
  /** The webhook */
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
export type By = {
  /** The id of the person or key. */
  id: string | null;
  /** `person`, `key` or `hub`. */
  kind: string;
};
export type Outcome =
  "fixed" | "false_alarm" | "expected" | "duplicate" | "cleared_by_itself";
export type AlertState =
  "open" | "acknowledged" | "snoozed" | "suppressed" | "resolved";
export type Votes = {
  /** The caller's own voice. */
  mine: boolean | null;
  /** It was. */
  useful: number;
  /** It was not. */
  useless: number;
};
export type Alert = {
  /** Who works on it. */
  assignee_id: string | null;
  by: null | By;
  /** What it meant when it fired last, with its numbers. */
  cause: string;
  /** When anything last happened to it. */
  changed_at: string;
  /** When nothing fired any more. */
  cleared_at: string | null;
  /** How many comments it has. */
  comments: number;
  /** How often it fired. */
  count: number;
  /** Who fires now: sensors, tills, devices, products. */
  firing: string[];
  /** When it was so first, by what was observed. */
  first_seen_at: string;
  /** Whether it comes and goes. */
  flapping: boolean;
  /** Its id. */
  id: string;
  /** When it was so last. */
  last_seen_at: string;
  /** When the hub opened it. */
  opened_at: string;
  outcome: null | Outcome;
  /** When it ended. */
  resolved_at: string | null;
  /** The rule that fired last; null for an alarm of a device. */
  rule_id: string | null;
  /** The worst it was. */
  severity: Severity;
  /** Where the work stands. */
  state: AlertState;
  /** Where. */
  store_id: string;
  /** Why it is suppressed. */
  suppressed_because: string | null;
  /** What notification routes may ask for. */
  tags: string[];
  /** What it is, in short. */
  title: string;
  /** When a snooze or a suppression ends. */
  until: string | null;
  /** Whether people found it useful. */
  votes: Votes;
};
export type AlertCounts = {
  /** Somebody has them. */
  acknowledged: number;
  /** Nobody has them. */
  open: number;
  /** They are over. */
  resolved: number;
  /** They sleep. */
  snoozed: number;
  /** They are known. */
  suppressed: number;
};
export type Alerts = {
  /** Newest first. */
  alerts: Alert[];
  /** When this was read. */
  as_of: string;
  /** How many there are. */
  counts: AlertCounts;
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
};
export type BulkOutcome = {
  /** Whether it was done. */
  done: boolean;
  /** Which. */
  id: string;
  /** Why it was not done. */
  refused: string | null;
  state: null | AlertState;
};
export type BulkDone = {
  /** When. */
  as_of: string;
  /** In the order that was asked. */
  outcomes: BulkOutcome[];
};
export type AlertCommand =
  | {
      command: "acknowledge";
    }
  | {
      command: "assign";
      /** A person who reaches the stores; nobody without. */
      user_id?: string | null;
    }
  | {
      command: "comment";
      /** What. */
      text: string;
    }
  | {
      command: "snooze";
      /** They open again at this time. */
      until: string;
    }
  | {
      /** Why. */
      cause: string;
      command: "suppress";
      /** They open again at this time; without, when somebody wakes them. */
      until?: string | null;
    }
  | {
      command: "wake";
    }
  | {
      command: "resolve";
      /** A word on it. */
      note?: string;
      /** How. */
      outcome: Outcome;
    }
  | {
      /** Why. */
      cause: string;
      command: "reopen";
    }
  | {
      command: "vote";
      /** Whether. */
      useful: boolean;
    };
export type BulkAlerts = {
  /** What is to be done. */
  command: AlertCommand;
  /** Which, 1 to 200. */
  ids: string[];
};
export type AlertHistory = {
  /** When. */
  at: string;
  /** Who did it. */
  by: By;
  /** More about it: `text`, `to`, `until`, `cause`, `outcome`, `note`, `useful`, `subject`, `seen_at`, `fired`. */
  details: object;
  /** Its number, from 1 without holes. */
  seq: number;
  /** `opened`, `repeated`, `returned`, `cleared`, `acknowledged`, `assigned`, `commented`, `snoozed`, `suppressed`,
    `woken`, `resolved`, `reopened` or `voted`. */
  what: string;
};
export type AlertDetail = {
  /** The alert. */
  alert: Alert;
  /** When this was read. */
  as_of: string;
  /** How many events it has in all: where the last one shown has a lower number, ask again with it as `after`. */
  events: number;
  /** What happened to it, oldest first. */
  history: AlertHistory[];
};
export type AssignAlert = {
  /** A person who reaches the store; nobody without. */
  user_id?: string | null;
};
export type CommentAlert = {
  /** What; 1 to 4000 characters. */
  text: string;
};
export type ReopenAlert = {
  /** Why. */
  cause: string;
};
export type ResolveAlert = {
  /** A word on it. */
  note?: string;
  /** How it ended. */
  outcome: Outcome;
};
export type SnoozeAlert = {
  /** It opens again at this time; at most 31 days ahead. */
  until: string;
};
export type SuppressAlert = {
  /** Why: a maintenance, a rebuild. */
  cause: string;
  /** It opens again at this time, at most 31 days ahead; without, when somebody wakes it. */
  until?: string | null;
};
export type VoteAlert = {
  /** The last word of a person counts. */
  useful: boolean;
};
export type EngineState = "not_available" | "available";
export type Engine = {
  /** What that means for this answer, for people. */
  detail: string;
  /** Which. */
  name: string;
  /** Whether it runs here. */
  state: EngineState;
};
export type ForecastFigures = {
  /** What makes them. */
  engine: Engine;
  /** When the newest of them was made; null is never. */
  newest: string | null;
  /** Rows for this store that lie in the table. */
  rows: number;
};
export type InventoryFigures = {
  /** Of these, those at or below their reorder point. */
  below_reorder: number;
  /** Products of which stock was booked in the store. */
  products: number;
};
export type Money = {
  /** Whole currency units as a decimal text, with the currency's own digits after the point. */
  amount: string;
  /** ISO 4217. */
  currency: string;
};
export type Freshness = "live" | "delayed" | "stale" | "offline" | "never";
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
export type Analytics = {
  /** When this was computed. */
  as_of: string;
  /** Its forecasts. */
  forecasts: ForecastFigures;
  /** Its stock. */
  inventory: InventoryFigures;
  /** The store's day so far. */
  sales: StoreMetrics;
};
export type Permission =
  | "self"
  | "organization.read"
  | "organization.write"
  | "stores.read"
  | "stores.write"
  | "sales.read"
  | "catalog.read"
  | "catalog.write"
  | "stock.read"
  | "stock.write"
  | "telemetry.read"
  | "alerts.read"
  | "alerts.act"
  | "rules.write"
  | "cases.read"
  | "cases.write"
  | "cases.close"
  | "fleet.read"
  | "fleet.write"
  | "forecasts.read"
  | "forecasts.write"
  | "pricing.read"
  | "pricing.write"
  | "risks.analyze"
  | "twin.read"
  | "twin.run"
  | "jobs.read"
  | "jobs.write"
  | "reports.read"
  | "reports.write"
  | "exports.create"
  | "webhooks.read"
  | "webhooks.write"
  | "users.read"
  | "users.write"
  | "keys.write"
  | "audit.read"
  | "privacy.manage"
  | "system.read";
export type Machine = {
  /** Whether it reaches all stores. */
  all_stores: boolean;
  /** When. */
  created_at: string;
  /** Who made it. */
  created_by: string;
  /** Until when it is good. */
  expires_at: string | null;
  /** Its id. */
  id: string;
  /** When it was used last, to the minute. */
  last_used_at: string | null;
  /** What it is for. */
  name: string;
  /** What it may do. */
  permissions: Permission[];
  /** The part of it that may be seen: `vyk_…` begins a key, `vyc_…` is the `client_id` of a client. */
  public_id: string;
  /** Since when it is good for nothing. */
  revoked_at: string | null;
  /** The stores of its reach, when not all. */
  store_ids: string[];
};
export type Keys = {
  /** When this was read. */
  as_of: string;
  /** Newest first. */
  keys: Machine[];
};
export type MadeKey = {
  /** When it was made. */
  as_of: string;
  /** What it is. */
  details: Machine;
  /** For `Authorization: Bearer`. */
  key: string;
};
export type NewMachine = {
  /** Whether it reaches all stores. */
  all_stores: boolean;
  /** Until when it is good: at most 366 days from now. */
  expires_at: string;
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
  /** The hash of the last of those, hexadecimal; 32 zero bytes where nothing went. */
  begins_with: string;
  /** The first place where it is broken, for people. */
  broken: string | null;
  /** Entries that went when their time was over. They are no longer in the export: verify that from `begins_with` on. */
  dropped: number;
  /** How many entries stand in an unbroken chain after those. */
  entries: number;
  /** The hash of the last of them, hexadecimal. */
  hash: string;
  /** Whether the whole chain is as it was written. */
  intact: boolean;
};
export type Factors = {
  /** When this was read. */
  as_of: string;
  /** How many passkeys there are; with one, a password alone signs in no more. */
  passkeys: number;
  /** How many recovery codes are left. */
  recovery_codes_left: number;
  /** When the recovery codes were made. */
  recovery_codes_made_at: string | null;
  /** Since when an authenticator app is asked for at sign-in; null: it is not. */
  totp_since: string | null;
};
export type Acceptance = {
  /** How the person wants to be called. */
  name?: string | null;
  /** At least 8 characters, 15 advised; not one that is known or easily guessed. */
  password: string;
  /** As in the link. */
  token: string;
};
export type LinkedAccount = {
  /** Its id. */
  id: string;
  /** Who speaks for the account. */
  issuer: string;
  /** Since when. */
  linked_at: string;
  /** What the organization calls the service; null when it is registered here no more: the account signs in no more then. */
  service: string | null;
  /** When it signed in last; null when it never did. */
  used_at: string | null;
};
export type LinkedAccounts = {
  /** The oldest first. */
  accounts: LinkedAccount[];
  /** When this was read. */
  as_of: string;
};
export type LinkKind = "invitation" | "password_reset";
export type LinkInfo = {
  /** When this was read. */
  as_of: string;
  /** To sign in with, once there is a password. */
  email: string;
  /** Until when the link works. */
  expires_at: string;
  /** What it is for. */
  kind: LinkKind;
  /** How the person is called; may be empty. */
  name: string;
  /** The organization's name. */
  organization_name: string;
};
export type LinkToken = {
  /** What it is for. */
  kind: LinkKind;
  /** As in the link. */
  token: string;
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
  /** For who has a second factor: six digits of the app, or a recovery code. */
  code?: string | null;
  /** As printed at the first start, or given by an administrator. */
  email: string;
  /** Instead of a code: what a passkey answered to `POST /auth/passkeys/challenge`, `PublicKeyCredential.toJSON()`. */
  passkey?:
    | {
        [key: string]: any;
      }
    | {
        [key: string]: any;
      };
  /** At most 1024 bytes. */
  password: string;
};
export type LoggedOut = {
  /** When this was answered. */
  as_of: string;
  /** Always true. */
  success: boolean;
};
export type LeaveTo = {
  /** When this was answered; the way is open for ten minutes. */
  as_of: string;
  /** At the service. */
  url: string;
};
export type Leave = {
  /** The service. */
  provider_id: string;
  /** A page of the dashboard, `/stores?open=1`; nowhere else. */
  return_to?: string | null;
};
export type SignInService = {
  /** For `GET /auth/oidc/{id}/start`. */
  id: string;
  /** What the button says. */
  name: string;
};
export type SignInServices = {
  /** When this was read. */
  as_of: string;
  /** By name. */
  services: SignInService[];
};
export type Passkey = {
  /** Whether it is on more than one device, or can come back from a copy. If none is, a second passkey is advised. */
  backed_up: boolean;
  /** Since when. */
  created_at: string;
  /** Its id. */
  id: string;
  /** When it was used last. */
  last_used_at: string | null;
  /** What its owner calls it. */
  name: string;
};
export type Passkeys = {
  /** When this was read. */
  as_of: string;
  /** By name. */
  passkeys: Passkey[];
};
export type NewPasskey = {
  /** What the browser made: `PublicKeyCredential.toJSON()`. */
  credential: {
    [key: string]: any;
  };
  /** What its owner calls it; 1 to 60 characters. */
  name: string;
};
export type PasskeyOptions = {
  /** When this was answered. */
  as_of: string;
  /** For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`; good once, for five minutes. */
  options: {
    [key: string]: any;
  };
};
export type PasskeySignIn = {
  /** What the browser brought: `PublicKeyCredential.toJSON()`. */
  credential: {
    [key: string]: any;
  };
};
export type PasskeyChange = {
  /** 1 to 60 characters. */
  name?: string | null;
};
export type PasswordChange = {
  /** The one that holds now. */
  current: string;
  /** At least 8 characters, 15 advised; not one that is known or easily guessed. */
  new: string;
};
export type Heard = {
  /** When this was answered. */
  as_of: string;
  /** For people. */
  message: string;
};
export type Forgotten = {
  /** The address to sign in with. */
  email: string;
};
export type PasswordReset = {
  /** At least 8 characters, 15 advised; not one that is known or easily guessed. */
  password: string;
  /** As in the link. */
  token: string;
};
export type NewRecoveryCodes = {
  /** When they were made. */
  as_of: string;
  /** Ten codes. */
  recovery_codes: string[];
};
export type SignIn = {
  /** From which address; a proxy's, where one stands before the hub. */
  address: string;
  /** Since when. */
  began_at: string;
  /** What the browser or program called itself. */
  client: string;
  /** Which factors were shown: `pwd`, `otp`, `recovery`, `hwk` (a passkey), `oidc` (a sign-in service). */
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
  /** For who has one: six digits of the app, or a recovery code. */
  code?: string | null;
  /** Instead of a code: what a passkey answered to `POST /auth/passkeys/challenge`, `PublicKeyCredential.toJSON()`. */
  passkey?:
    | {
        [key: string]: any;
      }
    | {
        [key: string]: any;
      };
  /** The person's password; for who has no second factor. */
  password?: string | null;
};
export type TotpSetup = {
  /** When it was made. */
  as_of: string;
  /** The QR code, an SVG picture. */
  qr_svg: string;
  /** For typing in by hand, base32. */
  secret: string;
  /** What the QR code says. */
  uri: string;
};
export type TotpCode = {
  /** Six digits. */
  code: string;
};
export type CaseFinding =
  "confirmed" | "unfounded" | "inconclusive" | "process";
export type CaseKind = "fraud" | "loss";
export type CaseLink =
  | {
      /** A ticket: `GET /api/v1/receipts/{id}`. */
      id: string;
      kind: "receipt";
    }
  | {
      /** An event of a till, such as a drawer that was opened. */
      id: string;
      kind: "till_event";
    }
  | {
      /** An alert: `GET /api/v1/alerts/{id}`. */
      id: string;
      kind: "alert";
    };
export type CaseState = "open" | "in_review" | "proposed_close" | "closed";
export type Case = {
  /** Who looks at it. */
  assignee_id: string | null;
  /** When anything last happened. */
  changed_at: string;
  /** How many entries its timeline has. */
  entries: number;
  finding: null | CaseFinding;
  /** The hash of the last of them: note it elsewhere, and nobody can make another timeline unseen. */
  head: string;
  /** Its id. */
  id: string;
  /** What is suspected. */
  kind: CaseKind;
  /** What it rests on. */
  links: CaseLink[];
  /** When. */
  opened_at: string;
  /** Who opened it. */
  opened_by: By;
  /** Who proposed to close it, and so cannot close it. */
  proposed_by: string | null;
  /** Where it stands. */
  state: CaseState;
  /** Where. */
  store_id: string;
  /** In short. */
  title: string;
};
export type Cases = {
  /** When this was read. */
  as_of: string;
  /** Newest first. */
  cases: Case[];
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
};
export type CaseEntry = {
  /** When. */
  at: string;
  /** Who. */
  by: By;
  /** More about it. */
  details: object;
  /** The SHA-256 of the entry, which the next one carries. */
  hash: string;
  /** Its number, from 1 without holes. */
  seq: number;
  /** `opened`, `review_started`, `linked`, `unlinked`, `commented`, `assigned`, `close_proposed`, `close_refused`, `closed`,
    `reopened` or `exported`. */
  what: string;
};
export type CaseDetail = {
  /** When this was read. */
  as_of: string;
  /** The case. */
  case: Case;
  /** What happened, oldest first. */
  timeline: CaseEntry[];
};
export type NewCase = {
  /** What is suspected. */
  kind: CaseKind;
  /** What it rests on. */
  links?: CaseLink[];
  /** Where. */
  store_id: string;
  /** In short. */
  title: string;
};
export type EvidenceVerified = {
  /** How it shows. */
  altered: string | null;
  /** When this was checked. */
  as_of: string;
  /** Of which case it says it is. */
  case_id: string | null;
  /** How many entries hold. */
  entries: number;
  /** The hash of its last entry; null where it is not intact. */
  head: string | null;
  /** Whether every line is as it was written. */
  intact: boolean;
  /** The first line that was altered, from 1. */
  line: number | null;
};
export type EvidenceToVerify = {
  /** The whole text, as it was downloaded. */
  evidence: string;
  /** A head that was noted elsewhere: only with one is a timeline found that was made anew from some line on. */
  head?: string | null;
};
export type CaseCommand =
  | {
      command: "start_review";
    }
  | {
      command: "comment";
      /** What. */
      text: string;
    }
  | {
      command: "link";
      /** What. */
      link: CaseLink;
    }
  | {
      /** Why. */
      cause: string;
      command: "unlink";
      /** What. */
      link: CaseLink;
    }
  | {
      command: "assign";
      /** A person who reaches the store; nobody without. */
      user_id?: string | null;
    }
  | {
      command: "propose_close";
      /** With what finding. */
      finding: CaseFinding;
      /** Why. */
      note: string;
    }
  | {
      /** Why. */
      cause: string;
      command: "refuse_close";
    }
  | {
      /** Why. */
      cause: string;
      command: "reopen";
    };
export type Customer = {
  /** When this was read. */
  as_of: string;
  /** Since when the record is here. */
  created_at: string;
  /** The e-mail address. */
  email: string | null;
  /** How the customer is called. */
  name: string | null;
  /** The telephone number. */
  phone: string | null;
  /** The pseudonym of the record. */
  pseudonym: string;
  /** Last changed. */
  updated_at: string;
};
export type CustomerRecord = {
  /** The number of the loyalty account, as the tills print it; kept as a pseudonym only. */
  customer_id: string;
  /** Sealed. */
  email?: string | null;
  /** How the customer is called; sealed. What is absent is taken away. */
  name?: string | null;
  /** Sealed. */
  phone?: string | null;
};
export type CustomerLookup = {
  /** The number of the loyalty account. */
  customer_id: string;
};
export type PageInfo = {
  /** Whether there is another page. */
  has_more: boolean;
  /** Rows a page. */
  limit: number;
  /** Give it as `cursor`, without `offset`, for the next page; null on the last. */
  next_cursor: string | null;
  /** Rows left out before this page. */
  offset: number;
};
export type DailySales = {
  /** What it is sorted under now. */
  category: string | null;
  /** Lines of sales and returns; voids, training and adjustments do not count. */
  lines: number;
  /** Its name; may be empty. */
  name: string;
  /** Of what. */
  product_id: string;
  /** The day in the books of the store. */
  sale_date: string;
  /** Its SKU. */
  sku: string;
  /** Where. */
  store_id: string;
  /** Pieces or kilograms as a decimal text, returns subtracted. */
  total_quantity: string;
  /** What the lines come to, returns subtracted. A product sold in two currencies has two rows. */
  total_revenue: Money;
};
export type DailySalesSummary = {
  /** When this was read; late tickets of any day are in it once they are stored. */
  as_of: string;
  /** Where this page stands. */
  page_info: PageInfo;
  /** By day, store and product, oldest day first. */
  summary: DailySales[];
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
export type Queued = {
  /** When it was queued. */
  as_of: string;
  /** The job: `GET /api/v1/jobs/{job_id}` says how far it is. */
  job_id: string;
};
export type FileFormat = "csv" | "xlsx" | "pdf";
export type ExportKind =
  "sales" | "transactions" | "lines" | "products" | "readings" | "alarms";
export type ReceiptKind =
  "sale" | "return" | "void" | "training" | "adjustment";
export type LineFilter = {
  /** Rung by this cashier's number. */
  cashier?: string | null;
  /** Of products of this category, letter by letter. */
  category?: string | null;
  kind?: null | ReceiptKind;
  /** Lines that come to this or less. */
  max_total?: string | null;
  /** Lines that come to this or more, a decimal text in each store's currency. */
  min_total?: string | null;
  /** Of one product only. */
  product_id?: string | null;
  /** On tickets of this number. */
  receipt_number?: string | null;
  /** Rung at this till. */
  register?: string | null;
};
export type ExportOrder = {
  /** Which kind of file. */
  format: FileFormat;
  /** The first business day; 30 days before the last without. */
  from?: string | null;
  /** Which rows. */
  kind: ExportKind;
  /** How numbers and days are written where people read them: a BCP 47 tag. */
  locale?: string;
  only?: null | LineFilter;
  /** These stores; all of the reach without. */
  store_ids?: string[];
  /** The last business day; the store's today without. */
  to?: string | null;
};
export type FileBody = Blob;
export type ForecastJob = {
  /** The job. */
  job_id: string;
  /** How far it is. */
  status: string;
};
export type ForecastRequest = {
  /** Days, 1 to 365; 14 without. */
  horizon?: number | null;
  /** What the engine may be told beside. */
  parameters?: {
    [key: string]: any;
  };
  /** 1 to 1000 products. */
  product_ids: string[];
};
export type Forecast = {
  /** How sure, as the engine that wrote the row says it; null where it says nothing. */
  confidence: object | null;
  /** When it was made. */
  created_at: string;
  /** The business day. */
  date: string;
  /** By which model. */
  model_version: string | null;
  /** Pieces or kilograms as a decimal text; null where the row has none. */
  predicted_demand: string | null;
  /** Where. */
  store_id: string;
};
export type Forecasts = {
  /** When this was read. */
  as_of: string;
  /** What makes them. */
  engine: Engine;
  /** The newest of each day and store, by day; empty where nobody made any. */
  forecasts: Forecast[];
  /** Days asked for, from today on. */
  horizon: number;
  /** Of which product. */
  product_id: string;
};
export type CacheHealth = {
  /** Answers that were made. */
  fills: number;
  /** Answers that were there, since the hub started. */
  hits: number;
  /** `off`, `memory` or `redis`. */
  kind: string;
};
export type Leaving = {
  /** Of these, how many were tried and did not get through; they are tried again. */
  failing: number;
  /** Why the last of them waits, where it waits for a reason: a failure, or that there is no mail server. */
  last_error: string | null;
  /** `mail` or `webhooks`. */
  name: string;
  /** When the one that waits longest was made; null when none waits. */
  oldest: string | null;
  /** How many wait. */
  waiting: number;
};
export type CallState = "closed" | "open" | "trying";
export type Outside = {
  /** Failures in a row. */
  failures: number;
  /** What the last failure said; null after a success. */
  last_error: string | null;
  /** What it is. */
  name: string;
  /** How often it was left alone since the hub started. */
  opened: number;
  /** Milliseconds until it is called again. */
  resting_ms: number;
  /** Since when it is called, or is not. */
  since: string;
  /** Whether it is called. */
  state: CallState;
};
export type HealthDetail = {
  /** Hub wall clock. */
  as_of: string;
  /** The cache. */
  cache: CacheHealth;
  /** `sqlite` or `postgres`. */
  database: string;
  /** What waits to leave the hub. */
  leaving: Leaving[];
  /** Minutes of sensors that wait to be rolled up; curves read their readings until then. */
  minutes_to_roll_up: number;
  /** When the oldest of these was measured; null when none waits. */
  oldest_to_copy: string | null;
  /** What is outside of the hub. */
  outside: Outside[];
  /** Readings that wait for the time-series server they are copied to. */
  readings_to_copy: number;
  /** `ok`, or `degraded` while something outside is left alone or does not take what is sent: answers are right then, but slower
    or later. */
  status: string;
};
export type Admits = "invited" | "domain";
export type ClientMethod = "basic" | "post" | "none";
export type IdentityProvider = {
  /** Who is let in the first time. */
  admits: Admits;
  /** Whether newcomers reach all stores. */
  all_stores: boolean;
  /** When this was read. */
  as_of: string;
  /** As registered there. */
  client_id: string;
  /** Since when the hub knows it. */
  created_at: string;
  /** Since when nobody signs in through it. */
  disabled_at: string | null;
  /** Whose e-mail addresses it may speak for the first time somebody comes. */
  domains: string[];
  /** Whether a client secret is kept. */
  has_secret: boolean;
  /** Its id. */
  id: string;
  /** To the letter, as the service writes it. */
  issuer: string;
  /** How the hub proves there who it is. */
  method: ClientMethod;
  /** What people see on the button. */
  name: string;
  /** To be registered at the service, to the letter: where the browser comes back to. */
  redirect_uri: string;
  /** What newcomers are. */
  role: Role;
  /** The stores newcomers reach, when not all. */
  store_ids: string[];
};
export type IdentityProviders = {
  /** When this was read. */
  as_of: string;
  /** By name. */
  identity_providers: IdentityProvider[];
};
export type NewIdentityProvider = {
  /** Who is let in the first time. */
  admits: Admits;
  /** Whether newcomers reach all stores. */
  all_stores: boolean;
  /** As registered there. */
  client_id: string;
  /** As registered there; not for a public client. */
  client_secret?: string | null;
  /** Whose e-mail addresses it may speak for; at most 50. */
  domains: string[];
  /** To the letter, as the service writes it: https. */
  issuer: string;
  /** How the hub proves there who it is. */
  method: ClientMethod;
  /** What people see on the button; 1 to 60 characters. */
  name: string;
  /** What newcomers are; never an administrator or owner. */
  role: Role;
  /** The stores newcomers reach, when not all. */
  store_ids?: string[];
};
export type IdentityProviderChange = {
  admits?: null | Admits;
  /** Whether newcomers reach all stores; `false` takes `store_ids`. */
  all_stores?: boolean | null;
  /** As registered there. */
  client_id?: string | null;
  /** As registered there; null takes it away. */
  client_secret?: string | null;
  /** Lets nobody sign in through it, or lets them again. */
  disabled?: boolean | null;
  /** Whose e-mail addresses it may speak for; at most 50. */
  domains?: string[] | null;
  /** To the letter, as the service writes it: https. People are known by it: those of another issuer are others. */
  issuer?: string | null;
  method?: null | ClientMethod;
  /** 1 to 60 characters. */
  name?: string | null;
  role?: null | Role;
  /** The stores newcomers reach. */
  store_ids?: string[] | null;
};
export type Stock = {
  /** When it was last counted; null is never. */
  counted_at: string | null;
  /** What should lie there, as a decimal text: the last count with every movement since, less what was sold since that
    count by the till's time. Before the first count nobody knows what was there: then it is the sum of the movements
    booked, and sales take nothing off. Below zero says that something was not booked or counted. */
  current_stock: string;
  /** Its id. */
  id: string;
  /** When something was last booked or set; sales do not move it. */
  last_updated: string;
  /** No more than this fits; null where nobody said. */
  max_stock: string | null;
  /** Its name; may be empty. */
  name: string;
  /** Of what. */
  product_id: string;
  /** To be ordered at or below this; null where nobody said. */
  reorder_point: string | null;
  /** Promised to somebody. */
  reserved_stock: string;
  /** Its SKU. */
  sku: string;
  /** Of `current_stock`, what was sold since the last count and taken off; `0` before the first. */
  sold_since_count: string;
  /** Where. */
  store_id: string;
};
export type Inventory = {
  /** When this was read. */
  as_of: string;
  /** In the order of SKU and store. A product that was never booked in a store has no row. */
  inventory: Stock[];
  /** Where this page stands. */
  page_info: PageInfo;
  /** All that match, on every page. */
  total: number;
};
export type StockAnswer = Stock & {
  /** When this was read. */
  as_of: string;
};
export type StockChange = {
  /** No more than this fits, a decimal text; null takes it away. */
  max_stock?: string | null;
  /** To be ordered at or below this, a decimal text; null takes it away. */
  reorder_point?: string | null;
  /** Promised to somebody, a decimal text. */
  reserved_stock?: string | null;
};
export type JobFile = {
  /** BLAKE3 of the bytes, hexadecimal. */
  digest: string;
  /** Until when it is kept. */
  expires_at: string;
  /** What HTTP calls its content. */
  media_type: string;
  /** What a download is called. */
  name: string;
  /** Rows in it. */
  rows: number;
  /** Control totals, what is missing and what was noted, section by section. */
  sections: object[];
  /** Bytes. */
  size: number;
  /** Where it is; null once it is gone. */
  url: string | null;
};
export type StartedBy = {
  /** The id of the person or key. */
  id: string | null;
  /** `person`, `key` or `hub`. */
  kind: string;
};
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";
export type Job = {
  /** When this was read. */
  as_of: string;
  /** When somebody asked to cancel it. */
  cancel_requested_at: string | null;
  /** When it was asked for. */
  created_at: string;
  /** How much is done. */
  done: number;
  /** When it was over. */
  ended_at: string | null;
  /** The last error, for people. */
  error: string | null;
  /** When it will be done if it goes on as it went so far. */
  expected_at: string | null;
  /** Errors so far. */
  failures: number;
  file: null | JobFile;
  /** Its id. */
  id: string;
  /** What the work was told. */
  input: object;
  /** Which work. */
  kind: string;
  /** When it last got further. */
  moved_at: string | null;
  /** Higher goes first. */
  priority: number;
  /** What came of it. */
  result: object | null;
  /** Not before; later than it was after an error. */
  run_at: string;
  /** The schedule that did. */
  schedule_id: string | null;
  /** Whether it runs and did not get any further for a minute. */
  stalled: boolean;
  /** When a worker first took it. */
  started_at: string | null;
  /** Who started it. */
  started_by: StartedBy;
  /** Where it stands. */
  state: JobState;
  /** Out of how much, where that is known. */
  total: number | null;
  /** What is counted: rows, stores. */
  unit: string;
};
export type Jobs = {
  /** When this was read. */
  as_of: string;
  /** Newest first. */
  jobs: Job[];
  /** Where the list goes on; null at its end. */
  next_cursor: string | null;
};
export type StartJob = {
  /** What the work is told. */
  input?: object;
  /** Which work: `figures.verify`. */
  kind: string;
  /** Higher goes first; 0 without. */
  priority?: number;
  /** Not before; at once without. */
  run_at?: string | null;
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
  last_year?: null | Compare;
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
export type MachineClients = {
  /** When this was read. */
  as_of: string;
  /** Newest first. */
  machine_clients: Machine[];
};
export type MadeMachineClient = {
  /** When it was made. */
  as_of: string;
  /** Who it is at `POST /auth/token`. */
  client_id: string;
  /** What it proves that with. */
  client_secret: string;
  /** What it is. */
  details: Machine;
};
export type MailState = "waiting" | "sent" | "failed";
export type Mail = {
  /** How often it was tried. */
  attempts: number;
  /** When it was written. */
  created_at: string;
  /** When it was sent or given up. */
  ended_at: string | null;
  /** What went wrong last. */
  error: string | null;
  /** Its id. */
  id: string;
  /** `invitation`, `password_reset`, `password_changed`, `notification`. */
  kind: string;
  /** When it is tried next; null when it is over. */
  next_at: string | null;
  /** To which address. */
  recipient: string;
  /** What became of it. */
  state: MailState;
  /** Its subject. */
  subject: string;
};
export type Mails = {
  /** When this was read. */
  as_of: string;
  /** Whether a mail server is configured; without one mail waits, and lies in a folder of the hub. */
  mail_server: boolean;
  /** Newest first. */
  mails: Mail[];
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
};
export type RouteMatch = {
  /** By one of these rules. */
  rules?: string[];
  /** This severe at least: `info`, `warning`, `critical`. */
  severity?: string | null;
  /** In one of these stores. */
  stores?: string[];
  /** With one of these tags. */
  tags?: string[];
};
export type QuietHours = {
  /** Whether what is critical is told at once all the same. */
  critical_passes?: boolean;
  /** The first minute of quiet. */
  from: string;
  /** The first minute after it; over midnight where it is the earlier one. */
  to: string;
};
export type Channel = "in_app" | "mail" | "webhook";
export type RouteTarget = {
  /** By which way. */
  channel: Channel;
  /** Everybody with this role who reaches the store. */
  role?: string | null;
  /** One person. */
  user_id?: string | null;
  /** An endpoint of `/webhooks`. */
  webhook_id?: string | null;
};
export type RouteStep = {
  /** How long after the first step, if nobody acknowledged until then: an ISO 8601 duration. `PT0S` for the first. */
  after: string;
  /** Who. */
  to: RouteTarget[];
};
export type RouteDefinition = {
  /** Whether anybody is told by it. */
  enabled?: boolean;
  /** Its name, for people. */
  name: string;
  /** Of what. */
  of?: RouteMatch;
  quiet?: null | QuietHours;
  /** Who, first and then; each later than the one before. */
  steps: RouteStep[];
  /** Whether the first step is told that it is over, too. */
  tell_resolved?: boolean;
};
export type AlertRoute = {
  /** When this was read. */
  as_of: string;
  /** Since when. */
  created_at: string;
  /** Its id. */
  id: string;
  /** Who is told of what. */
  route: RouteDefinition;
};
export type AlertRoutes = {
  /** When this was read. */
  as_of: string;
  /** By name. */
  routes: AlertRoute[];
};
export type RouteChange = {
  /** Whether anybody is told by it. */
  enabled?: boolean | null;
  /** Its name. */
  name?: string | null;
  of?: null | RouteMatch;
  quiet?: null | QuietHours;
  /** Who, first and then. */
  steps?: RouteStep[] | null;
  /** Whether the first step is told that it is over, too. */
  tell_resolved?: boolean | null;
};
export type Notification = {
  /** When. */
  at: string;
  /** In a sentence. */
  body: string;
  /** Its id. */
  id: string;
  /** `job.finished`, `job.failed`, `webhook.off`, `alert`. */
  kind: string;
  /** The page of the dashboard that shows more. */
  link: string | null;
  /** When it was read. */
  read_at: string | null;
  /** Of which store. */
  store_id: string | null;
  /** In a few words. */
  title: string;
};
export type Notifications = {
  /** When this was read. */
  as_of: string;
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
  /** Newest first. */
  notifications: Notification[];
  /** How many are not read, of all. */
  unread: number;
};
export type Kind =
  "job.finished" | "job.failed" | "report.delivered" | "webhook.off";
export type Preference = {
  /** In the dashboard. Without it, what comes by mail stands in the list as read. */
  in_app: boolean;
  /** Of which kind. */
  kind: Kind;
  /** By mail. */
  mail: boolean;
};
export type Preferences = {
  /** When this was read. */
  as_of: string;
  /** One for each kind. */
  kinds: Preference[];
};
export type PreferencesChange = {
  /** Some or all kinds. */
  kinds: Preference[];
};
export type AllRead = {
  /** Up to when. */
  as_of: string;
  /** That were not read before. */
  read: number;
};
export type InventoryPlan = {
  /** What it would bring. */
  expected_benefits: object;
  /** What goes where. */
  optimization_plan: object[];
};
export type InventoryRun = {
  /** What a plan must keep to. */
  constraints?: {
    [key: string]: any;
  };
  /** 1 to 1000 products. */
  products: string[];
  /** 1 to 1000 stores. */
  stores: string[];
};
export type MarketingPlan = {
  /** What each channel gets. */
  allocation_plan: object[];
  /** What it would bring for each unit of money. */
  expected_roi: number;
};
export type MarketingRun = {
  /** A decimal text, not negative. */
  budget: string;
  /** 1 to 100 channels. */
  channels: string[];
  /** What to aim for. */
  objectives?: {
    [key: string]: any;
  };
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
export type Price = {
  /** When it was entered. */
  created_at: string;
  /** ISO 4217. */
  currency: string;
  /** Its id. */
  id: string;
  /** Of one piece or kilogram, as a decimal text with the scale it was given. */
  price: string;
  /** Of which product. */
  product_id: string;
  /** In one store; null is every store that has none of its own. */
  store_id: string | null;
  /** It holds from here. */
  valid_from: string;
  /** To here, excluded; null is until another one begins. */
  valid_to: string | null;
};
export type Prices = {
  /** When this was read. */
  as_of: string;
  /** Past and to come, the one that begins last first. */
  prices: Price[];
};
export type PriceAnswer = Price & {
  /** When it was entered. */
  as_of: string;
};
export type NewPrice = {
  /** ISO 4217; of a store's own price, that of the store. */
  currency: string;
  /** Of one piece or kilogram, as a decimal text of at most 6 digits after the point. */
  price: string;
  /** Of which product. */
  product_id: string;
  /** In one store; without, in every store that has none of its own. */
  store_id?: string | null;
  /** It holds from here; from now without. */
  valid_from?: string | null;
  /** To here, excluded; until another one begins without. */
  valid_to?: string | null;
};
export type PriceResults = {
  /** One a product. */
  optimization_results: object[];
};
export type PriceRun = {
  /** What a price must keep to. */
  constraints?: {
    [key: string]: any;
  };
  /** What to aim for. */
  objectives?: {
    [key: string]: any;
  };
  /** 1 to 1000 products. */
  product_ids: string[];
};
export type Recommendation = {
  /** When it was made. */
  created_at: string;
  /** ISO 4217, of both. */
  currency: string | null;
  /** The price it started from, a decimal text. */
  current_price: string | null;
  /** What it would bring, as the engine that wrote the row says it. */
  expected_impact: object | null;
  /** Its id. */
  id: string;
  /** For which product. */
  product_id: string;
  /** Why. */
  reasoning: string | null;
  /** The price it would set, a decimal text. */
  recommended_price: string | null;
  /** Its SKU. */
  sku: string;
  /** In one store; null is everywhere. */
  store_id: string | null;
};
export type Recommendations = {
  /** When this was read. */
  as_of: string;
  /** What makes them. */
  engine: Engine;
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
  /** Newest first; empty where nobody made any. */
  recommendations: Recommendation[];
};
export type PrivacyRequest = {
  /** `customer` or `person`. */
  about: string;
  /** When this was read. */
  as_of: string;
  /** Who took it down. */
  asked_by: string;
  /** When. */
  created_at: string;
  /** By when it must be answered: Art. 12(3) GDPR. */
  due_at: string;
  /** When it was answered. */
  ended_at: string | null;
  /** Where the file of an access or portability request is. */
  file_url: string | null;
  /** Its id. */
  id: string;
  /** The job that answers it. */
  job_id: string | null;
  /** `access`, `portability` or `erasure`. */
  kind: string;
  /** What an erasure takes and what must stay, with the reasons. */
  preview: object | null;
  /** Why. */
  reason: string;
  /** What was done; of an erasure, its certificate. */
  result: object | null;
  /** `preview` (an erasure that waits to be confirmed), `running` or `done`. */
  state: string;
  /** The id of the person, or a pseudonym of the customer; null once erased. */
  subject: string | null;
};
export type PrivacyRequests = {
  /** When this was read. */
  as_of: string;
  /** Gives the next page; null on the last. */
  next_cursor: string | null;
  /** The requests. */
  requests: PrivacyRequest[];
};
export type PrivacyKind = "access" | "portability" | "erasure";
export type NewPrivacyRequest = {
  /** About a customer: the number of the loyalty account, or a pseudonym. It is not kept. */
  customer_id?: string | null;
  /** What is asked for. */
  kind: PrivacyKind;
  /** Why: `request`, `consent`, `objection`, `unlawful`, `retention` or `closed`; `request` without. */
  reason?: string | null;
  /** About a person of the organization. */
  user_id?: string | null;
};
export type ProductGroup = {
  /** Its id. */
  id: string;
  /** For people. */
  name: string;
  /** The place above it; null at the top. */
  parent_id: string | null;
  /** All names from the top, joined by `/`: what `group` of the product list takes. */
  path: string;
  /** Products right here that are listed; those below are not counted. */
  products: number;
};
export type ProductGroups = {
  /** When this was read. */
  as_of: string;
  /** In the order of their paths. */
  groups: ProductGroup[];
};
export type Barcode = {
  /** GTIN: 8, 12, 13 or 14 digits with a good check digit. */
  gtin: string;
  /** Pieces that one scan stands for, 1 to 100000: a case of twelve has a number of its own. */
  pack?: number;
};
export type Product = {
  /** Anything else. */
  attributes: {
    [key: string]: any;
  };
  /** By number. */
  barcodes: Barcode[];
  /** As people sort it. */
  category: string | null;
  /** Since when the hub knows it. */
  created_at: string;
  /** Its place in the catalog, from the department down; empty where nobody said. */
  hierarchy: string[];
  /** Its id. */
  id: string;
  /** For people; may be empty where a till rang it without one. */
  name: string;
  price: null | Price;
  /** Since when it is no longer listed; null while it is. */
  retired_at: string | null;
  /** One sellable item; unique in the organization. */
  sku: string;
  /** When a person last changed it. */
  updated_at: string | null;
};
export type Products = {
  /** When this was read. */
  as_of: string;
  /** Where this page stands. */
  page_info: PageInfo;
  /** In the order of the SKU. */
  products: Product[];
  /** All that match, on every page. */
  total: number;
};
export type ProductAnswer = Product & {
  /** When this was read. */
  as_of: string;
};
export type PriceTerms = {
  /** ISO 4217; of a store's own price, that of the store. */
  currency: string;
  /** Of one piece or kilogram, as a decimal text of at most 6 digits after the point. */
  price: string;
  /** In one store; without, in every store that has none of its own. */
  store_id?: string | null;
  /** It holds from here; from now without. */
  valid_from?: string | null;
  /** To here, excluded; until another one begins without. */
  valid_to?: string | null;
};
export type NewProduct = {
  /** Anything else, at most 16 kB. */
  attributes?: {
    [key: string]: any;
  };
  /** At most 50. */
  barcodes?: Barcode[];
  /** 1 to 100 characters; the last name of `hierarchy` without. */
  category?: string | null;
  /** Its place in the catalog, from the department down: at most 8 names without `/`. Places are made as needed. */
  hierarchy?: string[];
  /** 1 to 255 characters. */
  name: string;
  /** At most 50. */
  prices?: PriceTerms[];
  /** 1 to 100 characters, unique in the organization. */
  sku: string;
};
export type ProductChange = {
  /** In the place of all that were there. */
  attributes?: object | null;
  /** In the place of all that were there. */
  barcodes?: Barcode[] | null;
  /** 1 to 100 characters; null takes it away. */
  category?: string | null;
  /** In the place of the one that was there; an empty list takes it away. */
  hierarchy?: string[] | null;
  /** 1 to 255 characters. */
  name?: string | null;
  /** `true`: no longer listed, from now on; `false`: listed again. */
  retired?: boolean | null;
};
export type ReceiptSource = "journal" | "printer" | "file";
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
  /** The pseudonym of the customer: the same within a year, and known to lead to nobody without the hub's keys. */
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
export type ReportKind =
  "daily_store_brief" | "weekly_chain" | "shrink_exceptions" | "fridge_log";
export type ReportOffer = {
  /** What is in it. */
  about: string;
  /** As which files. */
  formats: FileFormat[];
  /** Its kind, for `POST /api/v1/reports` and for schedules. */
  kind: ReportKind;
  /** What somebody must be allowed to see. */
  needs: Permission;
  /** What stands on it. */
  title: string;
};
export type Reports = {
  /** When this was read. */
  as_of: string;
  /** In the order of the gallery. */
  reports: ReportOffer[];
};
export type ReportOrder = {
  /** Its only or last business day; without: yesterday, and for a week the last Sunday. A schedule leaves it out. */
  day?: string | null;
  /** Which kind of file. */
  format: FileFormat;
  /** Which report. */
  kind: ReportKind;
  /** How numbers and days are written where people read them: a BCP 47 tag. */
  locale?: string;
  /** These stores; all of the reach without. */
  store_ids?: string[];
};
export type RetentionClass = {
  /** Never shorter, by law. */
  at_least: string | null;
  /** Never longer. */
  at_most: string | null;
  /** Its name. */
  class: string;
  /** What is older than this is past, today. */
  cutoff: string;
  /** Whether the organization settled it; else it is the country's default. */
  own: boolean;
  /** How long. */
  period: string;
  /** When it was last dropped. */
  ran_at: string | null;
  /** Rows that went in that run. */
  removed: number;
  /** Rows that went in all runs. */
  removed_in_all: number;
  /** All of this in sentences, with the sources. */
  why: string;
};
export type Retention = {
  /** When this was read. */
  as_of: string;
  /** By class. */
  classes: RetentionClass[];
  /** Whose law holds for the books, ISO 3166-1; `ZZ` where nobody said: then the longest period known holds. */
  country: string;
  /** When what is past is dropped next; at the latest. */
  next_run_at: string;
  /** Whose days count, an IANA name. */
  timezone: string;
};
export type RetentionSettings = {
  /** Whose law holds for the books: `AT`, `DE`, `FR`, `GB`, `IN`, or another country of two letters. */
  country: string;
  /** Periods by class: `30 days`, `13 months`, `8 calendar years`. */
  periods?: {
    [key: string]: string;
  };
  /** Whose days count, an IANA name. */
  timezone: string;
};
export type RiskAlert = {
  /** One sentence for people. */
  description: string;
  /** The episode. */
  id: string;
  /** How much it matters. */
  severity: Severity;
  /** Where. */
  store_id: string;
  /** The sensor, terminal or part of the device it is about. */
  subject: string;
  /** When it began. */
  timestamp: string;
  /** Which rule spoke. */
  type: AlarmKind;
};
export type RiskAlerts = {
  /** Alarms raised and not cleared, newest first. */
  alerts: RiskAlert[];
  /** When this was read. */
  as_of: string;
  /** What would find more than the rules in the stores do. */
  engine: Engine;
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
};
export type RiskResult = {
  /** What it comes from. */
  factors: object[];
  /** What to do. */
  recommendations: string[];
  /** How much is at stake. */
  risk_score: number;
};
export type RiskRun = {
  /** Which analysis, 1 to 100 characters. */
  analysis_type: string;
  /** What it may be told beside. */
  parameters?: {
    [key: string]: any;
  };
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
export type FiredOnDay = {
  /** The day. */
  day: string;
  /** How often. */
  fired: number;
};
export type WouldHaveFired = {
  /** When. */
  at: string;
  /** What it would have said. */
  cause: string;
  /** Where. */
  store_id: string;
  /** About whom. */
  subject: string;
};
export type FoundByBacktest = {
  /** How many alerts that would have been. */
  alerts: number;
  /** How often on each day that it did, by the clock of the first store. */
  by_day: FiredOnDay[];
  /** How often it would have fired. */
  fired: number;
  /** How long it would have fired, all subjects together, seconds. */
  firing_s: number;
  /** From here. */
  from: string;
  /** Of those firings, how many fall into alerts that people found useful … */
  known_useful: number;
  /** … and how many into alerts that they did not. */
  known_useless: number;
  /** The latest firings, a hundred at most. */
  latest: WouldHaveFired[];
  /** Why nobody would listen to it for long; null where one would. */
  noisy: string | null;
  /** How many subjects would fire at the end. */
  open: number;
  /** To here. */
  until: string;
  /** Observations that the rule watches. */
  watched: number;
};
export type RuleBacktest = {
  /** When. */
  at: string;
  /** What it found. */
  found: FoundByBacktest;
  /** The job that did it. */
  job_id: string;
};
export type RuleScope = {
  /** Kinds of subject: of a sensor its id up to its number (`fridge`), else `till`, `product`, `device`. */
  kinds?: string[];
  /** Models behind scores. */
  models?: string[];
  /** Groups of products, by their path. */
  product_groups?: string[];
  /** Stores. */
  stores?: string[];
};
export type RuleState = "draft" | "active" | "active_with_draft";
export type AlertRule = {
  /** The revision that runs. */
  active_revision: number | null;
  /** When this was read. */
  as_of: string;
  backtest: null | RuleBacktest;
  /** What it means. */
  cause: string;
  /** When it was last changed. */
  changed_at: string;
  /** What must hold; see `POST /api/v1/rules`. */
  condition: object;
  /** Since when the rule is there. */
  created_at: string;
  /** What makes two firings the same alert. */
  dedupe_key: string;
  /** Its id. */
  id: string;
  /** How late an observation may come. */
  lateness: string;
  /** Its name. */
  name: string;
  /** Useful votes out of all; null while nobody voted. */
  precision: number | null;
  /** The number of this revision. */
  revision: number;
  /** Over what it watches, as far as the caller reaches. */
  scope: RuleScope;
  /** How much it matters. */
  severity: Severity;
  /** Whether it runs. */
  state: RuleState;
  /** Votes of people that its alerts were useful. */
  useful_votes: number;
  /** Votes of people that they were not. */
  useless_votes: number;
  /** Who wrote this revision. */
  written_by: By;
};
export type AlertRules = {
  /** When this was read. */
  as_of: string;
  /** The oldest first. */
  rules: AlertRule[];
};
export type NewRule = {
  /** What it means and what to do, for people. Names in braces: those, and value, limit, since. */
  cause: string;
  /** What must hold, with one of four kinds. `threshold`: `measure`, `op` (above, at_least, below, at_most), `value`, and
    maybe `for`, `hysteresis`, `hold`. `rate`: `measure`, `of` (count, sum, mean, change), `op`, `value`, `per`.
    `absence`: `measure`, `for`. `score`: `model`, `min`, and maybe `hysteresis`. Durations are such as `PT10M`. */
  condition: object;
  /** What makes two firings the same alert; one a store and subject without. Names in braces: rule, store, subject, kind,
    model, group, measure. */
  dedupe_key?: string | null;
  /** How much later than its successors an observation may come and still count in its order; `PT0S` without. */
  lateness?: string | null;
  /** Its name, for people. */
  name: string;
  /** Over what it watches; everything without. */
  scope?: RuleScope;
  /** How much it matters. */
  severity: Severity;
};
export type RuleMeasure = {
  /** What it is. */
  about: string;
  /** As a rule names it. */
  name: string;
  /** About whom. */
  subject: string;
  /** In which unit; empty for what is counted. */
  unit: string;
};
export type RuleMeasures = {
  /** When this was read. */
  as_of: string;
  /** Those of sensors first. */
  measures: RuleMeasure[];
};
export type RuleChange = {
  /** What it means. */
  cause?: string | null;
  /** What must hold, as a whole. */
  condition?: object | null;
  /** What makes two firings the same alert. */
  dedupe_key?: string | null;
  /** How late an observation may come. */
  lateness?: string | null;
  /** Its name. */
  name?: string | null;
  scope?: null | RuleScope;
  severity?: null | Severity;
};
export type BacktestOrder = {
  /** From here; 28 days before the end without. */
  from?: string | null;
  /** To here; now without. At most 92 days. */
  until?: string | null;
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
export type Schedule = {
  /** When this was read. */
  as_of: string;
  /** Whether the file goes with the mail. */
  attach: boolean;
  /** Since when. */
  created_at: string;
  /** Who gets what it makes, by notification and by mail; for reports. */
  deliver_to: string[];
  /** Its id. */
  id: string;
  /** What the work is told. */
  input: object;
  /** Which work it starts. */
  kind: string;
  /** That job. */
  last_job_id: string | null;
  /** When it last started a job. */
  last_run_at: string | null;
  /** For people. */
  name: string;
  /** The next planned instants, three at most; none while it rests. */
  next_runs: string[];
  /** A cron pattern of five fields: minute, hour, day of month, month, day of week. */
  pattern: string;
  /** Whether it rests. */
  paused: boolean;
  /** In whose name its jobs run: who made or changed it last. */
  runs_as: StartedBy;
  /** The IANA zone it is read in. */
  timezone: string;
};
export type Schedules = {
  /** When this was read. */
  as_of: string;
  /** By name. */
  schedules: Schedule[];
};
export type NewSchedule = {
  /** Whether the file goes with the mail; else the mail has a link to it. */
  attach?: boolean;
  /** People of the organization who get what it makes, by notification and by mail; for reports. Each must be allowed to
    read such reports and reach every store of it; who no longer may gets nothing. */
  deliver_to?: string[];
  /** What the work is told: for `report` what `POST /api/v1/reports` takes, without a day. */
  input: object;
  /** Which work: `report`, `figures.verify`. */
  kind: string;
  /** For people; 1 to 120 characters. */
  name: string;
  /** A cron pattern of five fields. */
  pattern: string;
  /** Whether it rests. */
  paused?: boolean;
  /** An IANA zone. */
  timezone: string;
};
export type ScheduleChange = {
  /** Whether the file goes with the mail. */
  attach?: boolean | null;
  /** Who gets what it makes, instead of who did. */
  deliver_to?: string[] | null;
  /** What the work is told. */
  input?: object | null;
  /** For people. */
  name?: string | null;
  /** A cron pattern of five fields. */
  pattern?: string | null;
  /** Whether it rests. */
  paused?: boolean | null;
  /** An IANA zone. */
  timezone?: string | null;
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
export type TwinState = {
  /** Of these, those at or below their reorder point. */
  below_reorder: number;
  /** The business day of the store. */
  business_day: string;
  /** Whether a model of the store was fitted to what was measured; `false` while there is no engine for it. */
  calibrated: boolean;
  /** Products of which stock was booked. */
  products_in_stock_list: number;
  /** Its sensors with their newest readings. */
  sensors: Sensor[];
};
export type Twin = {
  /** When this was read. */
  as_of: string;
  /** What would simulate it. */
  engine: Engine;
  /** The newest thing that was measured: a message of its devices, a sale or a reading; null is never. */
  last_updated: string | null;
  /** How the store is doing. */
  metrics: StoreMetrics;
  /** The store as it is measured; nothing in it is simulated. */
  twin_state: TwinState;
};
export type WhatIfResult = {
  /** Held against doing nothing. */
  impact_analysis: object;
  /** What would happen. */
  results: object;
  /** The scenario. */
  scenario_id: string;
};
export type WhatIf = {
  /** What is other than it was. */
  changes?: {
    [key: string]: any;
  };
  /** Where and when it plays. */
  parameters?: {
    [key: string]: any;
  };
  /** Which scenario, 1 to 100 characters. */
  scenario_type: string;
};
export type StockEventKind =
  "receipt" | "count" | "waste" | "transfer" | "adjustment";
export type StockEvent = {
  /** Who told it: a person or a key. */
  actor_id: string;
  /** What it did to the stock: of a movement its quantity with its sign, of a count how far the stock was off from what
    was expected (of a first count: from the movements booked so far). */
  change: string;
  /** Its id. */
  id: string;
  /** What. */
  kind: StockEventKind;
  /** When it happened. */
  occurred_at: string;
  /** The other end of a transfer. */
  other_store_id: string | null;
  /** Of what. */
  product_id: string;
  /** What was counted, or how much moved, a decimal text. */
  quantity: string;
  /** Why. */
  reason: string | null;
  /** When the hub was told. */
  recorded_at: string;
  /** A delivery note, an order, a form. */
  reference: string | null;
  /** Where. */
  store_id: string;
};
export type StockEvents = {
  /** When this was read. */
  as_of: string;
  /** Newest first; a transfer stands at both of its stores. */
  events: StockEvent[];
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
};
export type StockEventAnswer = {
  /** When it was booked or, booked before, looked at. */
  as_of: string;
  /** The event. */
  event: StockEvent;
  /** The stock after it. */
  stock: Stock;
};
export type NewStockEvent = {
  /** Chosen by the caller, so that booking the same again changes nothing; a new one without. */
  id?: string | null;
  /** What. */
  kind: StockEventKind;
  /** When it happened, not in the future; now without. Before the last count it changes no stock: the count has seen it. */
  occurred_at?: string | null;
  /** Of what. */
  product_id: string;
  /** What was counted, or how much moved, a decimal text; only an adjustment may be negative. */
  quantity: string;
  /** Why, 1 to 200 characters; waste and adjustments need one. */
  reason?: string | null;
  /** A delivery note, an order, a form; 1 to 100 characters. */
  reference?: string | null;
  /** Where. */
  store_id: string;
  /** Where goods went; for a transfer only. */
  to_store_id?: string | null;
};
export type Location = {
  /** Street and number. */
  address: string | null;
  /** City. */
  city: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
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
export type Transaction = {
  /** The day in the books. */
  business_day: string;
  /** The cashier's number; null where the till does not say. */
  cashier: string | null;
  /** What the product is sorted under now. */
  category: string | null;
  /** The pseudonym of the customer: the same within a year, and known to lead to nobody without the hub's keys. */
  customer_id: string | null;
  /** Taken off this line. */
  discount: Money;
  /** Its id. */
  id: string;
  kind: null | ReceiptKind;
  /** Its place on the ticket, from 1. */
  line_no: number;
  /** As printed; may be empty. */
  name: string;
  /** The product. */
  product_id: string;
  /** Pieces or kilograms as a decimal text; negative on a return. */
  quantity: string;
  /** The ticket: see `/receipts/{id}`. */
  receipt_id: string;
  /** The till's own number of it. */
  receipt_number: string;
  /** The till. */
  register: string;
  /** Its SKU. */
  sku: string;
  /** Where. */
  store_id: string;
  /** What the line comes to. */
  total_amount: Money;
  /** When it was rung, as the till said. */
  transaction_time: string;
  /** Price of one as a decimal text, with the scale it was rung with. */
  unit_price: string;
};
export type Transactions = {
  /** When this was read. */
  as_of: string;
  /** The time that was searched: its beginning. */
  from: string;
  /** Where this page stands. */
  page_info: PageInfo;
  /** Its end, excluded. */
  to: string;
  /** All that match; null where nobody counted: without `count=true`, and beyond 10000. */
  total: number | null;
  /** Newest first. */
  transactions: Transaction[];
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
  /** Until when an invitation can be accepted that was not yet; null for who has accepted, or was given a password. */
  invited_until: string | null;
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
  /** The first password. Without one the person is invited by mail to choose it. */
  password?: string | null;
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
export type Invited = {
  /** When this was answered. */
  as_of: string;
  /** Until when the link in it works. */
  expires_at: string;
  /** The mail: see `/mails`. */
  mail_id: string;
  /** Whether a mail server is configured; without one the mail waits. */
  mail_server: boolean;
  /** Whom. */
  user_id: string;
};
export type QueuedDelivery = {
  /** When this was answered. */
  as_of: string;
  /** See `/webhooks/{id}/deliveries`. */
  delivery_id: string;
};
export type Webhook = {
  /** When this was read. */
  as_of: string;
  /** When it was made. */
  created_at: string;
  /** Whether it is called. What happens while it is off is not told later. */
  enabled: boolean;
  /** Of which kinds of events it is told; of all when empty. */
  events: string[];
  /** Calls in a row that failed. */
  failures: number;
  /** Its id. */
  id: string;
  /** What it is for. */
  name: string;
  /** Why the hub switched it off itself. */
  off_reason: string | null;
  /** Until when the secret before the present one signs, too. */
  old_secret_until: string | null;
  /** Until when it rests because of that; what is due waits. */
  paused_until: string | null;
  /** Where it is. */
  url: string;
};
export type Webhooks = {
  /** When this was read. */
  as_of: string;
  /** The oldest first. */
  webhooks: Webhook[];
};
export type MadeSecret = {
  /** When it was made. */
  as_of: string;
  /** Signs the calls, after the Standard Webhooks specification. */
  secret: string;
  /** The webhook. */
  webhook: Webhook;
};
export type EventKind =
  | "job.finished"
  | "job.failed"
  | "export.ready"
  | "report.ready"
  | "alert.opened"
  | "alert.changed"
  | "alert.resolved"
  | "user.created";
export type NewWebhook = {
  /** Of which kinds of events it is told; of all when empty. */
  events?: EventKind[];
  /** What it is for. */
  name: string;
  /** Where it is: https, at a public address. */
  url: string;
};
export type WebhookChange = {
  /** Whether it is called. */
  enabled?: boolean | null;
  /** Of which kinds of events it is told; of all when empty. */
  events?: EventKind[] | null;
  /** What it is for. */
  name?: string | null;
  /** Where it is. */
  url?: string | null;
};
export type DeliveryAttempt = {
  /** When it began. */
  at: string;
  /** Why there was no answer, or not a good one. */
  error: string | null;
  /** Its number, from 1. */
  number: number;
  /** The first 200 characters of what was answered, on one line. */
  response_head: string | null;
  /** The status that was answered. */
  status: number | null;
  /** How long it took, ms. */
  took_ms: number;
};
export type DeliveryState = "waiting" | "delivered" | "failed";
export type Delivery = {
  /** Attempts in all. */
  attempts: number;
  /** When it was made. */
  created_at: string;
  /** When it was delivered or given up. */
  ended_at: string | null;
  /** What went wrong last. */
  error: string | null;
  /** The kind of the event. */
  event: string;
  /** Its id; the receiver knows it as `msg_` and this without hyphens. */
  id: string;
  /** The newest attempts, the last first. */
  last_attempts: DeliveryAttempt[];
  /** When it is tried next; null when it is over. */
  next_at: string | null;
  /** What became of it. */
  state: DeliveryState;
};
export type Deliveries = {
  /** When this was read. */
  as_of: string;
  /** Newest first. */
  deliveries: Delivery[];
  /** Give it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
};
export const {
  useAlarmsQuery,
  useAlertsQuery,
  useBulkAlertsMutation,
  useAlertQuery,
  useAcknowledgeAlertMutation,
  useAssignAlertMutation,
  useCommentAlertMutation,
  useReopenAlertMutation,
  useResolveAlertMutation,
  useSnoozeAlertMutation,
  useSuppressAlertMutation,
  useVoteAlertMutation,
  useWakeAlertMutation,
  useAnalyticsDashboardQuery,
  useKeysQuery,
  useCreateKeyMutation,
  useRevokeKeyMutation,
  useAuditQuery,
  useExportAuditQuery,
  useVerifyAuditQuery,
  useOwnFactorsQuery,
  useAcceptInvitationMutation,
  useLinkedAccountsQuery,
  useUnlinkAccountMutation,
  useLinkInfoMutation,
  useLoginMutation,
  useLogoutMutation,
  useLinkMutation,
  useServicesQuery,
  useOidcStepUpMutation,
  usePasskeysQuery,
  useAddPasskeyMutation,
  usePasskeyChallengeMutation,
  useBeginPasskeyMutation,
  usePasskeySignInMutation,
  useRemovePasskeyMutation,
  useRenamePasskeyMutation,
  useChangePasswordMutation,
  useForgotPasswordMutation,
  useResetPasswordMutation,
  useNewRecoveryCodesMutation,
  useSignInsQuery,
  useEndOtherSignInsMutation,
  useEndSignInMutation,
  useStepUpMutation,
  useBeginTotpMutation,
  useRemoveTotpMutation,
  useConfirmTotpMutation,
  useCasesQuery,
  useOpenCaseMutation,
  useVerifyCaseEvidenceMutation,
  useGetApiV1CasesByIdQuery,
  useCloseCaseMutation,
  useAddCaseEntryMutation,
  useCaseEvidenceQuery,
  usePutCustomerMutation,
  useLookUpCustomerMutation,
  useDailySalesSummaryQuery,
  useDevicesQuery,
  useCreateEnrolmentTokenMutation,
  useCreateExportMutation,
  useExportFileQuery,
  useGenerateForecastsMutation,
  useForecastsQuery,
  useHealthQuery,
  useIdentityProvidersQuery,
  useCreateIdentityProviderMutation,
  useIdentityProviderQuery,
  useDeleteIdentityProviderMutation,
  useChangeIdentityProviderMutation,
  useInventoryQuery,
  useStockQuery,
  useChangeStockMutation,
  useJobsQuery,
  useStartJobMutation,
  useJobQuery,
  useCancelJobMutation,
  useKpisQuery,
  useMachineClientsQuery,
  useCreateMachineClientMutation,
  useRevokeMachineClientMutation,
  useMailsQuery,
  useRetryMailMutation,
  useMeQuery,
  useRoutesQuery,
  useCreateRouteMutation,
  useRouteQuery,
  useDeleteRouteMutation,
  useChangeRouteMutation,
  useNotificationsQuery,
  usePreferencesQuery,
  useChangePreferencesMutation,
  useReadAllNotificationsMutation,
  useReadNotificationMutation,
  useOptimizeInventoryMutation,
  useOptimizeMarketingMutation,
  useOrganizationQuery,
  useChangeOrganizationMutation,
  useExplainPermissionQuery,
  usePricesQuery,
  useCreatePriceMutation,
  useOptimizePricesMutation,
  useRecommendationsQuery,
  useRotateKeysMutation,
  usePrivacyRequestsQuery,
  useCreatePrivacyRequestMutation,
  usePrivacyRequestQuery,
  useConfirmErasureMutation,
  usePrivacyFileQuery,
  useProductGroupsQuery,
  useProductsQuery,
  useCreateProductMutation,
  useProductQuery,
  useChangeProductMutation,
  useReceiptQuery,
  useReportsQuery,
  useCreateReportMutation,
  useReportFileQuery,
  useRetentionQuery,
  useSetRetentionMutation,
  useRiskAlertsQuery,
  useAnalyzeRisksMutation,
  useRolesQuery,
  useRulesQuery,
  useCreateRuleMutation,
  useRuleMeasuresQuery,
  useRuleQuery,
  useDeleteRuleMutation,
  useChangeRuleMutation,
  useActivateRuleMutation,
  useBacktestRuleMutation,
  useDeactivateRuleMutation,
  useSalesQuery,
  useSchedulesQuery,
  useCreateScheduleMutation,
  useScheduleQuery,
  useDeleteScheduleMutation,
  useChangeScheduleMutation,
  useTwinQuery,
  useWhatIfMutation,
  useStockEventsQuery,
  useBookStockEventMutation,
  useStoresQuery,
  useCreateStoreMutation,
  useStoreQuery,
  useStoreAlarmsQuery,
  useEventsQuery,
  useReceiptsQuery,
  useSensorsQuery,
  useSyncQuery,
  useTelemetryQuery,
  useTransactionsQuery,
  usePeopleQuery,
  useCreatePersonMutation,
  usePersonQuery,
  useChangePersonMutation,
  useRemovePersonsFactorsMutation,
  useInvitePersonMutation,
  useEndPersonsSignInsMutation,
  useReplayDeliveryMutation,
  useWebhooksQuery,
  useCreateWebhookMutation,
  useWebhookQuery,
  useDeleteWebhookMutation,
  useChangeWebhookMutation,
  useDeliveriesQuery,
  useRenewSecretMutation,
  useTestWebhookMutation,
} = injectedRtkApi;
