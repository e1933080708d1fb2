//! The contract: every route of the API with its description, and from that the permission each needs.

use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Access;
use super::{
    HubState, alarms, alerts, analytics, audit, cases, clients, customers, enrolment, events, exports, factors,
    forecasts, health, identity_providers, inventory, invitations, jobs, keys, kpis, linked_accounts, mails,
    notifications, oidc, organizations, passkeys, people, prices, pricing, privacy, problem, products, receipts,
    retention, risks, routes as alert_routes, rules, sales, schedules, sensors, session, signins, simulation, stores,
    stream, summary, sync, token, transactions, webhooks,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "VyavsAI hub",
        description = "Money is a decimal text with its currency, times are RFC 3339 in UTC, lists go on with `next_cursor`, \
                       failures are RFC 9457 problems. The permission a route needs stands in its `security`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(
        problem::ProblemBody, sales::Granularity, stream::SaleEvent, stream::ReadingsEvent, stream::FreshReading, stream::SyncEvent,
        crate::alerts::AlertEvent
    )),
    tags(
        (name = "auth", description = "Signing in and out"),
        (name = "kpis", description = "The figures of now"),
        (name = "sales", description = "Revenue over time"),
        (name = "stores", description = "The shops"),
        (name = "receipts", description = "Tickets"),
        (name = "products", description = "The catalog: products, barcodes, hierarchy, prices"),
        (name = "inventory", description = "Stock and what happened to it"),
        (name = "forecasts", description = "Demand forecasts"),
        (name = "pricing", description = "Price recommendations"),
        (name = "risks", description = "What stores should be looked at for"),
        (name = "simulation", description = "The digital twin, scenarios and optimizations"),
        (name = "sensors", description = "Sensors and their curves"),
        (name = "alarms", description = "Alarms of devices"),
        (name = "alerts", description = "Incidents that people work on"),
        (name = "rules", description = "What opens alerts"),
        (name = "cases", description = "Fraud and loss"),
        (name = "events", description = "What happened at tills beside sales"),
        (name = "sync", description = "What devices still owe, and what was lost"),
        (name = "fleet", description = "Enrolling devices"),
        (name = "stream", description = "Live events"),
        (name = "organizations", description = "The tenant"),
        (name = "people", description = "People, roles and what they may do"),
        (name = "keys", description = "Keys and clients of machines, sign-in services"),
        (name = "audit", description = "Who changed what"),
        (name = "jobs", description = "Work that outlives a request"),
        (name = "schedules", description = "Jobs that start by themselves"),
        (name = "notifications", description = "What a person is told"),
        (name = "webhooks", description = "Other systems that are called"),
        (name = "exports", description = "Rows as files"),
        (name = "reports", description = "Reports as files"),
        (name = "privacy", description = "Personal data: customers, requests, erasure, retention"),
        (name = "hub", description = "The hub itself"),
    )
)]
struct Description;

/// Every route of the API with its description.
pub(super) fn routes() -> OpenApiRouter<HubState> {
    OpenApiRouter::with_openapi(Description::openapi()).nest("/api/v1", v1())
}

fn v1() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .merge(identity())
        .merge(messages())
        .merge(doors())
        .merge(machines())
        .merge(work())
        .merge(trade())
        .merge(engines())
        .merge(floor())
        .merge(watch())
        .merge(itself())
        .merge(personal())
        .merge(parts())
}

/// Who signs in, who is there and what they may do.
fn identity() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(session::login))
        .routes(routes!(session::refresh))
        .routes(routes!(session::logout))
        .routes(routes!(session::me))
        .routes(routes!(session::step_up))
        .routes(routes!(session::change_password))
        .routes(routes!(signins::sign_ins, signins::end_other_sign_ins))
        .routes(routes!(signins::end_sign_in))
        .routes(routes!(factors::own_factors))
        .routes(routes!(factors::begin_totp, factors::remove_totp))
        .routes(routes!(factors::confirm_totp))
        .routes(routes!(factors::new_recovery_codes))
        .routes(routes!(organizations::organization, organizations::change_organization))
        .routes(routes!(people::people, people::create_person))
        .routes(routes!(people::person, people::change_person))
        .routes(routes!(people::end_persons_sign_ins))
        .routes(routes!(factors::remove_persons_factors))
        .routes(routes!(people::roles))
        .routes(routes!(people::explain_permission))
        .routes(routes!(audit::audit))
        .routes(routes!(audit::verify_audit))
        .routes(routes!(audit::export_audit))
}

/// What the hub says to people and other systems.
fn messages() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(invitations::invite_person))
        .routes(routes!(invitations::link_info))
        .routes(routes!(invitations::accept_invitation))
        .routes(routes!(invitations::forgot_password))
        .routes(routes!(invitations::reset_password))
        .routes(routes!(mails::mails))
        .routes(routes!(mails::retry_mail))
        .routes(routes!(notifications::notifications))
        .routes(routes!(notifications::read_notification))
        .routes(routes!(notifications::read_all_notifications))
        .routes(routes!(notifications::preferences, notifications::change_preferences))
        .routes(routes!(alert_routes::routes, alert_routes::create_route))
        .routes(routes!(alert_routes::route, alert_routes::change_route, alert_routes::delete_route))
        .routes(routes!(webhooks::webhooks, webhooks::create_webhook))
        .routes(routes!(webhooks::webhook, webhooks::change_webhook, webhooks::delete_webhook))
        .routes(routes!(webhooks::renew_secret))
        .routes(routes!(webhooks::test_webhook))
        .routes(routes!(webhooks::deliveries::deliveries))
        .routes(routes!(webhooks::deliveries::replay_delivery))
}

/// Other ways in than a password.
fn doors() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(passkeys::passkeys, passkeys::add_passkey))
        .routes(routes!(passkeys::begin_passkey))
        .routes(routes!(passkeys::rename_passkey, passkeys::remove_passkey))
        .routes(routes!(passkeys::passkey_challenge))
        .routes(routes!(passkeys::passkey_sign_in))
        .routes(routes!(identity_providers::identity_providers, identity_providers::create_identity_provider))
        .routes(routes!(
            identity_providers::identity_provider,
            identity_providers::change_identity_provider,
            identity_providers::delete_identity_provider
        ))
        .routes(routes!(oidc::services))
        .routes(routes!(oidc::start))
        .routes(routes!(oidc::callback))
        .routes(routes!(oidc::oidc_step_up))
        .routes(routes!(oidc::link))
        .routes(routes!(linked_accounts::linked_accounts))
        .routes(routes!(linked_accounts::unlink_account))
}

/// Programs that call the API.
fn machines() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(keys::keys, keys::create_key))
        .routes(routes!(keys::revoke_key))
        .routes(routes!(clients::machine_clients, clients::create_machine_client))
        .routes(routes!(clients::revoke_machine_client))
        .routes(routes!(token::token))
}

/// Work that outlives a request, and the files it leaves.
fn work() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(jobs::jobs, jobs::start_job))
        .routes(routes!(jobs::job))
        .routes(routes!(jobs::cancel_job))
        .routes(routes!(schedules::schedules, schedules::create_schedule))
        .routes(routes!(schedules::schedule, schedules::change_schedule, schedules::delete_schedule))
        .routes(routes!(exports::create_export))
        .routes(routes!(exports::export_file))
        .routes(routes!(exports::reports, exports::create_report))
        .routes(routes!(exports::report_file))
}

/// What a chain sells, and has.
fn trade() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(kpis::kpis))
        .routes(routes!(sales::sales))
        .routes(routes!(stores::stores, stores::create_store))
        .routes(routes!(stores::store))
        .routes(routes!(receipts::receipts))
        .routes(routes!(receipts::receipt))
        .routes(routes!(products::products, products::create_product))
        .routes(routes!(products::product, products::change_product))
        .routes(routes!(products::product_groups))
        .routes(routes!(prices::prices, prices::create_price))
        .routes(routes!(inventory::inventory))
        .routes(routes!(inventory::stock, inventory::change_stock))
        .routes(routes!(inventory::events::stock_events, inventory::events::book_stock_event))
        .routes(routes!(transactions::transactions))
        .routes(routes!(summary::daily_sales_summary))
}

/// What engines say.
fn engines() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(analytics::analytics_dashboard))
        .routes(routes!(forecasts::forecasts))
        .routes(routes!(forecasts::generate_forecasts))
        .routes(routes!(pricing::recommendations))
        .routes(routes!(pricing::optimize_prices))
        .routes(routes!(risks::risk_alerts))
        .routes(routes!(risks::analyze_risks))
        .routes(routes!(simulation::twin))
        .routes(routes!(simulation::what_if))
        .routes(routes!(simulation::optimize_inventory))
        .routes(routes!(simulation::optimize_marketing))
}

/// What stands in shops.
fn floor() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(sensors::sensors))
        .routes(routes!(sensors::telemetry))
        .routes(routes!(alarms::store_alarms))
        .routes(routes!(alarms::alarms))
        .routes(routes!(events::events))
        .routes(routes!(sync::sync))
        .routes(routes!(sync::devices))
        .routes(routes!(enrolment::create_enrolment_token))
        .routes(routes!(enrolment::enrol))
}

/// Personal data, and how long what is kept.
fn personal() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(customers::put_customer))
        .routes(routes!(customers::look_up_customer))
        .routes(routes!(privacy::privacy_requests, privacy::create_privacy_request))
        .routes(routes!(privacy::privacy_request))
        .routes(routes!(privacy::confirm_erasure))
        .routes(routes!(privacy::privacy_file))
        .routes(routes!(privacy::rotate_keys))
        .routes(routes!(retention::retention, retention::set_retention))
}

/// What rules watch, what they open, and what people make of it.
fn watch() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(rules::rules, rules::create_rule))
        .routes(routes!(rules::rule_measures))
        .routes(routes!(rules::rule, rules::change_rule, rules::delete_rule))
        .routes(routes!(rules::work::backtest_rule))
        .routes(routes!(rules::work::activate_rule))
        .routes(routes!(rules::work::deactivate_rule))
        .routes(routes!(alerts::alerts))
        .routes(routes!(alerts::bulk::bulk_alerts))
        .routes(routes!(alerts::alert))
        .routes(routes!(alerts::act::acknowledge_alert))
        .routes(routes!(alerts::act::assign_alert))
        .routes(routes!(alerts::act::comment_alert))
        .routes(routes!(alerts::act::snooze_alert))
        .routes(routes!(alerts::act::suppress_alert))
        .routes(routes!(alerts::act::wake_alert))
        .routes(routes!(alerts::act::resolve_alert))
        .routes(routes!(alerts::act::reopen_alert))
        .routes(routes!(alerts::act::vote_alert))
        .routes(routes!(cases::cases, cases::open_case))
        .routes(routes!(cases::case))
        .routes(routes!(cases::act::add_case_entry))
        .routes(routes!(cases::act::close_case))
        .routes(routes!(cases::evidence::case_evidence))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(cases::evidence::verify_case_evidence))
                .layer(axum::extract::DefaultBodyLimit::max(cases::evidence::MOST_EVIDENCE)),
        )
}

/// The hub itself.
fn itself() -> OpenApiRouter<HubState> {
    OpenApiRouter::new()
        .routes(routes!(stream::stream))
        .routes(routes!(health::healthz))
        .routes(routes!(health::openapi_json))
}

/// How its parts stand.
fn parts() -> OpenApiRouter<HubState> {
    OpenApiRouter::new().routes(routes!(health::health))
}

fn description() -> utoipa::openapi::OpenApi {
    let mut description = routes().into_openapi();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            "__Host-vyavs",
            "The browser's session; `vyavs` on plain loopback HTTP. Writes also need `X-Vyavs-Csrf: 1` from the hub's own origin.",
        ))),
    );
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    description
}

/// The API's description, OpenAPI 3.1: what `cloud-hub/hub/openapi.json` holds.
pub fn openapi() -> String {
    let mut text = description().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Which permission each route needs.
pub fn access() -> Access {
    Access::of(&serde_json::to_value(description()).unwrap_or_default())
}
