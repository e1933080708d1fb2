//! Who acts.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vyavs_domain::ids::UserId;

/// Who gave a command. No name and no e-mail: what is written here outlives people's right to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A person.
    Person(UserId),
    /// A machine with a key.
    Key(Uuid),
    /// The hub itself: a rule, a clock.
    Hub,
}

impl Actor {
    /// The person, if it is one.
    pub fn person(self) -> Option<UserId> {
        match self {
            Self::Person(id) => Some(id),
            Self::Key(_) | Self::Hub => None,
        }
    }
}
