//! The steps that make and change the schema, one list an engine. A step that shipped is never edited.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

fn migrator(steps: &[(i64, &'static str, &'static str)]) -> Migrator {
    let one = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator { migrations: Cow::Owned(steps.iter().map(one).collect()), ..Migrator::DEFAULT }
}

pub(crate) fn sqlite() -> Migrator {
    migrator(&[
        (1, "house", include_str!("../migrations/sqlite/0001_house.sql")),
        (3, "event_time", include_str!("../migrations/sqlite/0003_event_time.sql")),
        (4, "access", include_str!("../migrations/sqlite/0004_access.sql")),
        (5, "factors", include_str!("../migrations/sqlite/0005_factors.sql")),
        (6, "jobs", include_str!("../migrations/sqlite/0006_jobs.sql")),
        (7, "catalog", include_str!("../migrations/sqlite/0007_catalog.sql")),
        (8, "alerts", include_str!("../migrations/sqlite/0008_alerts.sql")),
        (9, "messages", include_str!("../migrations/sqlite/0009_messages.sql")),
        (10, "identity", include_str!("../migrations/sqlite/0010_identity.sql")),
        (11, "privacy", include_str!("../migrations/sqlite/0011_privacy.sql")),
        (12, "series", include_str!("../migrations/sqlite/0012_series.sql")),
        (13, "office", include_str!("../migrations/sqlite/0013_office.sql")),
        (14, "linked_accounts", include_str!("../migrations/sqlite/0014_linked_accounts.sql")),
    ])
}

pub(crate) fn postgres() -> Migrator {
    migrator(&[
        (1, "house", include_str!("../migrations/postgres/0001_house.sql")),
        (2, "tenants", include_str!("../migrations/postgres/0002_tenants.sql")),
        (3, "event_time", include_str!("../migrations/postgres/0003_event_time.sql")),
        (4, "access", include_str!("../migrations/postgres/0004_access.sql")),
        (5, "factors", include_str!("../migrations/postgres/0005_factors.sql")),
        (6, "jobs", include_str!("../migrations/postgres/0006_jobs.sql")),
        (7, "catalog", include_str!("../migrations/postgres/0007_catalog.sql")),
        (8, "alerts", include_str!("../migrations/postgres/0008_alerts.sql")),
        (9, "messages", include_str!("../migrations/postgres/0009_messages.sql")),
        (10, "identity", include_str!("../migrations/postgres/0010_identity.sql")),
        (11, "privacy", include_str!("../migrations/postgres/0011_privacy.sql")),
        (12, "series", include_str!("../migrations/postgres/0012_series.sql")),
        (13, "office", include_str!("../migrations/postgres/0013_office.sql")),
        (14, "linked_accounts", include_str!("../migrations/postgres/0014_linked_accounts.sql")),
    ])
}
