//! Why somebody may do something, or may not: the same decision as the gate's, step by step.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Permission, Permissions, Role};

/// One reason of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// Whether this step lets through.
    pub passed: bool,
    /// For people.
    #[schema(example = "the role store_manager holds stock.write")]
    pub reason: String,
}

/// A decision and its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explained {
    /// Whether every step let through.
    pub allowed: bool,
    /// In the order they are asked.
    pub steps: Vec<Step>,
}

/// Explains `permission` for a holder: shut out or not, by role or by its own list, with its reach and the store asked
/// about (its name, and whether the reach has it).
pub fn explain(
    permission: Permission,
    role: Option<Role>,
    held: Permissions,
    shut_out: bool,
    store: Option<(&str, bool)>,
) -> Explained {
    let holder = role.map_or_else(|| "the key".to_owned(), |role| format!("the role {}", role.as_str()));
    let mut steps = vec![Step {
        passed: !shut_out,
        reason: if shut_out { "the account is shut out" } else { "the account may sign in" }.to_owned(),
    }];
    let has = held.has(permission);
    let mut reason =
        format!("{holder} {} {permission} ({})", if has { "holds" } else { "does not hold" }, meaning(permission));
    if !has {
        let who: Vec<&str> =
            Role::ALL.iter().filter(|role| role.permissions().has(permission)).map(|role| role.as_str()).collect();
        reason.push_str(&format!("; it is held by {}", who.join(", ")));
    }
    steps.push(Step { passed: has, reason });
    if let Some((name, within)) = store {
        let verb = if within { "has" } else { "does not have" };
        steps.push(Step { passed: within, reason: format!("its reach {verb} the store {name}") });
    }
    Explained { allowed: steps.iter().all(|step| step.passed), steps }
}

fn meaning(permission: Permission) -> &'static str {
    permission.meaning().trim().trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_explanation_decides_as_the_sets_do() {
        for role in Role::ALL {
            for &permission in Permission::ALL {
                let explained = explain(permission, Some(role), role.permissions(), false, None);
                assert_eq!(explained.allowed, role.permissions().has(permission));
                assert!(!explain(permission, Some(role), role.permissions(), true, None).allowed);
                assert!(!explain(permission, Some(role), role.permissions(), false, Some(("A", false))).allowed);
            }
        }
        let no = explain(Permission::UsersWrite, Some(Role::Viewer), Role::Viewer.permissions(), false, None);
        assert_eq!(
            no.steps[1].reason,
            "the role viewer does not hold users.write (Invite people, change their roles and reach, shut them out); it is held by admin, owner"
        );
    }
}
