//! The roles people hold, and the permissions in each.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::permission::Permission as P;
use super::permission::Permissions;

/// What a person is to the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees how stores are doing and sell; changes nothing but the own account.
    Viewer,
    /// Runs one or some stores: stock, alerts, reports.
    StoreManager,
    /// Finds fraud and loss: tickets, drawers, cases.
    LossPrevention,
    /// Judges forecasts, prices and models; runs scenarios and exports.
    Analyst,
    /// Runs the boxes: enrolment, devices, rollouts, rules on device health.
    FleetEngineer,
    /// Runs the chain: stores, catalog, stock, rules, reports, schedules.
    Operations,
    /// Runs the hub for the organization: also people, keys, audit and privacy.
    Admin,
    /// Everything; the one who can make administrators and other owners.
    Owner,
}

const VIEWER: Permissions = Permissions::of(&[
    P::SelfManage,
    P::OrganizationRead,
    P::StoresRead,
    P::SalesRead,
    P::CatalogRead,
    P::StockRead,
    P::TelemetryRead,
    P::AlertsRead,
    P::FleetRead,
    P::ForecastsRead,
    P::PricingRead,
    P::TwinRead,
    P::JobsRead,
    P::ReportsRead,
]);
const STORE_MANAGER: Permissions = VIEWER.with(&[P::AlertsAct, P::StockWrite, P::ExportsCreate]);
const LOSS_PREVENTION: Permissions = VIEWER.with(&[
    P::AlertsAct,
    P::RulesWrite,
    P::CasesRead,
    P::CasesWrite,
    P::CasesClose,
    P::RisksAnalyze,
    P::ReportsWrite,
    P::ExportsCreate,
]);
const ANALYST: Permissions = VIEWER.with(&[
    P::ForecastsWrite,
    P::PricingWrite,
    P::RisksAnalyze,
    P::TwinRun,
    P::JobsWrite,
    P::ReportsWrite,
    P::ExportsCreate,
]);
const FLEET_ENGINEER: Permissions =
    VIEWER.with(&[P::FleetWrite, P::AlertsAct, P::RulesWrite, P::JobsWrite, P::SystemRead]);
const OPERATIONS: Permissions = ANALYST.with(&[
    P::StoresWrite,
    P::CatalogWrite,
    P::StockWrite,
    P::AlertsAct,
    P::RulesWrite,
    P::CasesRead,
    P::WebhooksRead,
    P::UsersRead,
]);
// Not CasesClose: who may change people must not be able to end a case about them unseen.
const ADMIN: Permissions = Permissions::all().without(&[P::CasesClose]);

impl Role {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 8] = [
        Self::Viewer,
        Self::StoreManager,
        Self::LossPrevention,
        Self::Analyst,
        Self::FleetEngineer,
        Self::Operations,
        Self::Admin,
        Self::Owner,
    ];

    /// As in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::StoreManager => "store_manager",
            Self::LossPrevention => "loss_prevention",
            Self::Analyst => "analyst",
            Self::FleetEngineer => "fleet_engineer",
            Self::Operations => "operations",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// What it may do.
    pub const fn permissions(self) -> Permissions {
        match self {
            Self::Viewer => VIEWER,
            Self::StoreManager => STORE_MANAGER,
            Self::LossPrevention => LOSS_PREVENTION,
            Self::Analyst => ANALYST,
            Self::FleetEngineer => FLEET_ENGINEER,
            Self::Operations => OPERATIONS,
            Self::Admin => ADMIN,
            Self::Owner => Permissions::all(),
        }
    }

    /// Whether somebody with this role may give `other` to somebody, or take it away. Nobody hands out more than they hold,
    /// and only an owner touches administrators and owners.
    pub const fn may_grant(self, other: Self) -> bool {
        match (self, other) {
            (Self::Owner, _) => true,
            (_, Self::Owner | Self::Admin) => false,
            _ => self.permissions().has(P::UsersWrite),
        }
    }
}

impl std::str::FromStr for Role {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_api() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).expect("text"), role.as_str());
        }
    }

    #[test]
    fn nobody_hands_out_more_than_they_hold() {
        for giver in Role::ALL {
            for given in Role::ALL {
                if giver.may_grant(given) && given != Role::LossPrevention {
                    assert!(giver.permissions().covers(given.permissions()), "{giver:?} gives {given:?}");
                }
            }
        }
        assert!(
            Role::Admin.may_grant(Role::LossPrevention),
            "the one exception: closing cases is kept apart on purpose"
        );
        assert!(!Role::Admin.may_grant(Role::Admin) && !Role::Operations.may_grant(Role::Viewer));
    }

    #[test]
    fn only_administration_touches_people_keys_audit_and_privacy() {
        for role in Role::ALL {
            let administers = matches!(role, Role::Admin | Role::Owner);
            for permission in [P::UsersWrite, P::KeysWrite, P::AuditRead, P::PrivacyManage, P::OrganizationWrite] {
                assert_eq!(role.permissions().has(permission), administers, "{role:?} {permission}");
            }
            assert!(role.permissions().has(P::SelfManage));
        }
    }
}
