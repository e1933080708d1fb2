//! The list itself, by name.

use super::Fate::{Delete, Keep, Rewrite};
use super::{Link, Table, table};

const fn link(column: &'static str, fate: super::Fate) -> Link {
    Link { column, fate }
}

const WHO_DID: &str = "an id without a name, for the books and the audit";
const LOG: &str = "the chain must still verify; it holds no name";

/// Every table of the hub.
pub const TABLES: &[Table] = &[
    table("alarms").plain(
        "id org_id store_id device_id kind severity subject raised_at cleared_at value limit_value reason model epoch seq \
         device_raised_at device_cleared_at told",
    ),
    table("audit_heads").plain("org_id seq hash dropped_seq dropped_hash"),
    table("audit_log")
        .plain("org_id seq at action object hash")
        .pseudonym("actor_id")
        .personal("entry")
        .people(&[link("actor_id", Keep(LOG))])
        .purpose("who changed what at the hub: Art. 6(1)(f), security"),
    table("case_entries")
        .plain("case_id seq org_id at hash")
        .personal("line")
        .purpose("the timeline of a case; its chain must still verify, and people stand in it by their ids"),
    table("cases")
        .plain("id org_id store_id kind state finding opened_at changed_at entries")
        .pseudonym("assignee")
        .personal("body")
        .people(&[link("assignee", Keep(WHO_DID))])
        .purpose("fraud and loss cases: Art. 6(1)(f), loss prevention"),
    table("clock_marks").plain("device_id boot_id mono_ms hello org_id wall_us clock received_at ahead_us"),
    table("cursors").plain("device_id epoch stream org_id stored_through chain updated_at"),
    table("customers")
        .plain("org_id created_at updated_at")
        .pseudonym("id")
        .sealed("name email phone")
        .customer("id")
        .purpose("the loyalty programme: Art. 6(1)(b), the contract with the customer"),
    table("daily_sales").plain("org_id store_id product_id sale_date currency lines quantity_micro revenue_minor"),
    table("data_keys")
        .plain("id org_id made_at kek_version")
        .pseudonym("subject")
        .secret("wrapped")
        .purpose("opens sealed fields; destroying the row is the erasure"),
    table("dead_letters")
        .plain("id org_id store_id device_id epoch stream first_seq last_seq at")
        .personal("raw reason")
        .purpose("messages of boxes that could not be read, to find out why; emptied by every erasure of a customer"),
    table("device_state").plain("device_id org_id store_id epoch connected last_heard_at hello now"),
    table("devices").plain("id org_id store_id name identity public_key cert_serial enrolled_at revoked_at"),
    table("duplicates").plain("device_id kind org_id count"),
    table("enrol_tokens").plain("org_id store_id device_name expires_at used_at").secret("hash").purpose("enrolling boxes"),
    table("external_identities")
        .plain("id org_id issuer linked_at used_at")
        .pseudonym("user_id")
        .personal("subject")
        .people(&[link("user_id", Delete)])
        .purpose("who somebody is at a sign-in service"),
    table("forecasts").plain(
        "id org_id product_id store_id forecast_date predicted_demand confidence_interval model_version created_at",
    ),
    table("hub_meta").tenant("").plain("key value"),
    table("hub_observations").plain("store_id measure subject at org_id value kind category"),
    table("idempotency")
        .plain("org_id key status content created_at")
        .pseudonym("actor_id")
        .secret("request body")
        .people(&[link("actor_id", Delete)])
        .purpose("answers kept for a day so that a repeated write changes nothing"),
    table("identity_providers")
        .plain("id org_id name issuer client_id method domains admits role reach created_at disabled_at version")
        .secret("secret")
        .purpose("sign-in services of an organization"),
    table("incident_events")
        .plain("incident_id seq org_id at")
        .personal("body")
        .purpose("who did what about an alert, and said: Art. 6(1)(f), running the shop"),
    table("incidents")
        .plain("id org_id store_id key rule_id state severity opened_at changed_at due events useful useless")
        .pseudonym("assignee")
        .personal("words body")
        .people(&[link("assignee", Keep(WHO_DID))])
        .purpose("alerts; one about a till may name a cashier's number: Art. 6(1)(f), running the shop"),
    table("inventory").plain(
        "id org_id store_id product_id current_stock reserved_stock reorder_point max_stock last_updated counted_at version",
    ),
    table("job_outputs")
        .plain("job_id org_id name media_type file size digest rows totals created_at expires_at removed_at")
        .purpose("files people made; every erasure removes those made before it"),
    table("job_schedules")
        .plain("id org_id name kind input pattern timezone paused actor_kind version created_at next_at last_at last_job attach")
        .pseudonym("actor_id")
        .people(&[link("actor_id", Keep(WHO_DID))])
        .purpose("whose permissions a scheduled job has"),
    table("jobs")
        .plain(
            "id org_id kind input once_key priority state run_at created_at actor_kind schedule_id max_failures failures \
             losses fence lease_owner lease_until started_at moved_at ended_at cancel_at done total unit checkpoint result \
             error",
        )
        .pseudonym("actor_id")
        .people(&[link("actor_id", Keep(WHO_DID))])
        .purpose("whose permissions a job has"),
    table("latest_readings").plain("store_id sensor org_id at value quality"),
    table("links")
        .plain("org_id purpose expires_at used_at created_at")
        .pseudonym("user_id")
        .secret("digest state")
        .people(&[link("user_id", Delete)])
        .purpose("invitations and new passwords"),
    table("losses").plain(
        "device_id epoch stream first_seq last_seq org_id store_id reason detail at signature verified ingested_at",
    ),
    table("machine_keys")
        .plain("id org_id name permissions reach created_at expires_at last_used_at revoked_at kind public_id")
        .pseudonym("created_by")
        .secret("hash")
        .people(&[link("created_by", Keep(WHO_DID))])
        .purpose("keys of machines"),
    table("mails")
        .plain(
            "id org_id kind state attempts next_at created_at good_until ended_at error filed_at lease lease_until",
        )
        .pseudonym("user_id")
        .personal("recipient subject")
        .secret("body")
        .people(&[link("user_id", Delete)])
        .purpose("mail on its way; its text goes when it was sent"),
    table("minutes").plain("store_id sensor at device_id epoch seq org_id count min mean max device_at"),
    table("mirror_outbox").plain("n org_id store_id sensor at value quality"),
    table("notices")
        .plain("id org_id incident_id store_id due_at state ended_at why")
        .pseudonym("notice")
        .purpose("who is to be told of an alert"),
    table("notification_preferences")
        .plain("org_id kinds")
        .pseudonym("user_id")
        .people(&[link("user_id", Delete)])
        .purpose("how somebody wants to be told"),
    table("notification_routes")
        .plain("id org_id name enabled version created_at")
        .pseudonym("route")
        .purpose("who is told of which alerts"),
    table("notifications")
        .plain("id org_id kind link store_id at read_at mail_due")
        .pseudonym("user_id")
        .personal("title body")
        .people(&[link("user_id", Delete)])
        .purpose("what a person was told in the dashboard"),
    table("organizations").tenant("id").plain("id name industry config created_at updated_at version"),
    table("passkeys")
        .plain("id org_id name")
        .pseudonym("user_id")
        .secret("credential record")
        .people(&[link("user_id", Delete)])
        .purpose("second factors"),
    table("pricing_recommendations").plain(
        "id org_id product_id current_price recommended_price expected_impact reasoning created_at store_id currency",
    ),
    table("privacy_requests")
        .plain("id org_id kind about reason state created_at due_at ended_at job_id preview result version")
        .pseudonym("subject pseudonyms asked_by")
        .people(&[link("asked_by", Keep(WHO_DID))])
        .purpose("proof that requests were answered: Art. 5(2); the subject is taken out when it is erased"),
    table("product_barcodes").plain("org_id gtin product_id pack created_at"),
    table("product_groups").plain("id org_id parent_id name path created_at"),
    table("product_prices")
        .plain("id org_id product_id store_id price currency valid_from valid_to created_at")
        .pseudonym("created_by")
        .people(&[link("created_by", Keep(WHO_DID))])
        .purpose("who set a price"),
    table("product_search").plain("n product_id org_id words bare"),
    table("products").tenant("organization_id").plain(
        "id organization_id sku name category attributes created_at group_id retired_at updated_at version",
    ),
    table("reach")
        .plain("store_id org_id")
        .pseudonym("holder")
        .people(&[link("holder", Delete)])
        .purpose("which stores somebody reaches"),
    table("readings").plain("store_id sensor at org_id value quality device_at"),
    table("receipts")
        .plain(
            "id org_id store_id terminal business_day number content_hash kind source currency total_minor tax_minor \
             discount_minor line_count closed_at tenders flagged device_id epoch stream seq ingested_at event_at",
        )
        .pseudonym("operator customer_id")
        .customer("customer_id")
        .purpose("the books: Art. 6(1)(c), tax law"),
    table("recovery_codes")
        .plain("org_id made_at")
        .pseudonym("user_id")
        .secret("codes")
        .people(&[link("user_id", Delete)])
        .purpose("second factors"),
    table("refresh_tokens")
        .plain("org_id family expires_at used_at revoked_at")
        .pseudonym("user_id")
        .secret("hash")
        .people(&[link("user_id", Delete)])
        .purpose("sign-ins"),
    table("report_deliveries")
        .plain("id org_id job_id attach at")
        .pseudonym("user_id")
        .people(&[link("user_id", Delete)])
        .purpose("which reports went to whom: who got one may open its file"),
    table("retention_policies").plain("org_id country timezone periods version updated_at"),
    table("retention_runs").plain("org_id class ran_at cutoff removed total"),
    table("rule_arrivals").plain("n org_id store_id device_id detail arrived_at"),
    table("rule_desks").plain("org_id turn swept_at"),
    table("rule_revisions")
        .plain("rule_id revision org_id body created_at backtest_job backtest backtested_at")
        .pseudonym("author")
        .purpose("who wrote a rule"),
    table("rule_watches").plain("rule_id store_id subject org_id device_id state due"),
    table("rules").plain("id org_id latest active version created_at changed_at deleted_at"),
    table("schedule_recipients")
        .plain("schedule_id org_id")
        .pseudonym("user_id")
        .people(&[link("user_id", Delete)])
        .purpose("to whom scheduled reports go"),
    table("sensors").plain("store_id id org_id device_id name measure low high updated_at"),
    table("series").plain("store_id sensor tier at org_id count min max sum last_at last"),
    table("series_dirty").plain("store_id sensor minute org_id"),
    table("series_pruned").plain("org_id tier through"),
    table("sign_ins")
        .plain("family org_id began_at seen_at authenticated_at factors ended_at")
        .pseudonym("user_id")
        .personal("client address")
        .people(&[link("user_id", Delete)])
        .purpose("sign-ins as their people see them"),
    table("stock_events")
        .plain(
            "id org_id store_id product_id kind quantity change other_store_id reason reference occurred_at recorded_at",
        )
        .pseudonym("actor_id")
        .people(&[link("actor_id", Keep(WHO_DID))])
        .purpose("who booked stock"),
    table("store_days").plain(
        "org_id store_id business_day currency receipts returns sales_minor quantity_micro last_sale_at",
    ),
    table("stores").tenant("organization_id").plain(
        "id organization_id name location config timezone currency day_starts created_at version",
    ),
    table("till_events")
        .plain("id org_id store_id device_id terminal at kind epoch seq device_at")
        .personal("detail")
        .purpose("drawers, voids, sign-ons with the cashier's number, prints that could not be read: Art. 6(1)(f), loss prevention"),
    table("totp")
        .plain("org_id made_at confirmed_at last_step")
        .pseudonym("user_id")
        .secret("secret")
        .people(&[link("user_id", Delete)])
        .purpose("second factors"),
    table("transactions")
        .plain(
            "id org_id store_id product_id receipt_id terminal receipt business_day line_no sku name quantity unit_price \
             discount_minor total_amount currency transaction_time metadata device_id epoch seq",
        )
        .pseudonym("customer_id")
        .customer("customer_id")
        .purpose("the books: Art. 6(1)(c), tax law"),
    table("users")
        .tenant("organization_id")
        .plain("organization_id role disabled_at created_at reach version")
        .pseudonym("id")
        .personal("email name")
        .secret("password_hash")
        .people(&[link(
            "id",
            Rewrite("email = 'erased-' || $2 || '@erased.invalid', name = 'Erased person', password_hash = ''"),
        )])
        .purpose("who may sign in: Art. 6(1)(b), the work contract"),
    table("webhook_attempts").plain("delivery_id number org_id at took_ms status error head"),
    table("webhook_deliveries")
        .plain(
            "id org_id endpoint_id kind store_id state attempt attempts next_at created_at ended_at error lease lease_until",
        )
        .personal("body")
        .purpose("what other systems were told; forgotten after 90 days"),
    table("webhook_endpoints")
        .plain(
            "id org_id name url events old_until enabled off_reason failures paused_until version created_at",
        )
        .pseudonym("created_by")
        .secret("secret old_secret")
        .people(&[link("created_by", Keep(WHO_DID))])
        .purpose("other systems that are called"),
];
