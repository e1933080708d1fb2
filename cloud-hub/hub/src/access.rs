//! Who may do what, where: permissions, the roles that bundle them, and how far a grant reaches.
//!
//! A route names one permission in its OpenAPI `security`; a person holds a role, a machine holds permissions one by one.
//! Both reach all stores of the organization, or some. Nothing here asks a database: the tables of this room are code, so
//! that a change of what a role may do is a reviewed change.

mod explain;
mod permission;
mod role;

pub use explain::{Explained, Step, explain};
pub use permission::{Permission, Permissions};
pub use role::Role;
