//! The permissions a route can ask for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! permissions {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:tt;)+) => {
        /// What somebody may do; a route asks for exactly one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        pub enum Permission {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+
        }

        impl Permission {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// As in a route's scope, in a key's list and in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// What it lets somebody do, for people.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+)),+ }
            }
        }
    };
}

permissions! {
    /// Own account: password, second factors, sign-ins, notifications.
    SelfManage = "self";
    /// See the organization's name and settings.
    OrganizationRead = "organization.read";
    /// Change the organization's name and settings.
    OrganizationWrite = "organization.write";
    /// See stores and how they are doing.
    StoresRead = "stores.read";
    /// Open and change stores.
    StoresWrite = "stores.write";
    /// See sales figures, tickets and till events.
    SalesRead = "sales.read";
    /// See products, prices and barcodes.
    CatalogRead = "catalog.read";
    /// Change products, prices and barcodes.
    CatalogWrite = "catalog.write";
    /// See stock and its movements.
    StockRead = "stock.read";
    /// Book stock movements.
    StockWrite = "stock.write";
    /// See sensors and their curves.
    TelemetryRead = "telemetry.read";
    /// See alarms and alerts.
    AlertsRead = "alerts.read";
    /// Acknowledge, assign, comment, snooze and resolve alerts.
    AlertsAct = "alerts.act";
    /// Write alert rules, routes and quiet hours.
    RulesWrite = "rules.write";
    /// See fraud and loss cases.
    CasesRead = "cases.read";
    /// Open and work on cases.
    CasesWrite = "cases.write";
    /// Close a case as the second pair of eyes.
    CasesClose = "cases.close";
    /// See devices and what they still owe.
    FleetRead = "fleet.read";
    /// Enrol, change and revoke devices.
    FleetWrite = "fleet.write";
    /// See forecasts and how good they are.
    ForecastsRead = "forecasts.read";
    /// Make forecasts and override them.
    ForecastsWrite = "forecasts.write";
    /// See price recommendations.
    PricingRead = "pricing.read";
    /// Run price optimization and decide on recommendations.
    PricingWrite = "pricing.write";
    /// Run risk analyses.
    RisksAnalyze = "risks.analyze";
    /// See the digital twin.
    TwinRead = "twin.read";
    /// Run scenarios and optimizations.
    TwinRun = "twin.run";
    /// See jobs and their progress.
    JobsRead = "jobs.read";
    /// Start and cancel jobs, write schedules.
    JobsWrite = "jobs.write";
    /// See and download reports.
    ReportsRead = "reports.read";
    /// Define reports, deliver them on a schedule.
    ReportsWrite = "reports.write";
    /// Export rows in bulk.
    ExportsCreate = "exports.create";
    /// See outbound webhooks.
    WebhooksRead = "webhooks.read";
    /// Change and replay outbound webhooks.
    WebhooksWrite = "webhooks.write";
    /// See people, roles and what they may do.
    UsersRead = "users.read";
    /// Invite people, change their roles and reach, shut them out.
    UsersWrite = "users.write";
    /// Make and revoke keys of machines, set up single sign-on.
    KeysWrite = "keys.write";
    /// Read, verify and export the audit log.
    AuditRead = "audit.read";
    /// Answer access and erasure requests, set retention.
    PrivacyManage = "privacy.manage";
    /// See the hub's own health in depth.
    SystemRead = "system.read";
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Permission {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == text).ok_or(())
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u64);

// One bit each.
const _: () = assert!(Permission::ALL.len() <= 64);

impl Permissions {
    /// None.
    pub const NONE: Self = Self(0);

    /// Every permission there is.
    pub const fn all() -> Self {
        Self::of(Permission::ALL)
    }

    /// These.
    pub const fn of(list: &[Permission]) -> Self {
        let (mut bits, mut n) = (0, 0);
        while n < list.len() {
            bits |= 1 << list[n] as u64;
            n += 1;
        }
        Self(bits)
    }

    /// These and those.
    pub const fn with(self, list: &[Permission]) -> Self {
        Self(self.0 | Self::of(list).0)
    }

    /// These without those.
    pub const fn without(self, list: &[Permission]) -> Self {
        Self(self.0 & !Self::of(list).0)
    }

    /// Whether it is among them.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u64) != 0
    }

    /// Whether all of `other` are among them.
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// In the order of the documentation.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(iter: I) -> Self {
        iter.into_iter().fold(Self::NONE, |set, permission| set.with(&[permission]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_its_own_bit_and_its_own_name() {
        let mut seen = std::collections::BTreeSet::new();
        for &permission in Permission::ALL {
            assert!(seen.insert(permission.as_str()), "{permission} twice");
            assert_eq!(permission.as_str().parse(), Ok(permission));
            assert_eq!(serde_json::to_value(permission).expect("text"), permission.as_str());
            let one = Permissions::of(&[permission]);
            assert_eq!(one.iter().collect::<Vec<_>>(), [permission]);
            assert!(Permissions::all().covers(one) && !Permissions::all().without(&[permission]).has(permission));
        }
        assert_eq!(Permissions::all().iter().count(), Permission::ALL.len());
    }
}
