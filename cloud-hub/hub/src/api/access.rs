//! Which role each route needs, read from the API's own description; a route that does not say is closed.

use std::collections::HashMap;

use axum::http::Method;
use serde_json::Value;

use super::session::Role;

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Open,
    /// At least this role.
    Role(Role),
}

/// Route and method to need.
#[derive(Clone, Debug, Default)]
pub struct Access(HashMap<(String, Method), Need>);

impl Access {
    /// Reads the `security` of every operation: an empty requirement opens it, a scope names the role.
    pub(crate) fn of(description: &Value) -> Self {
        let mut table = HashMap::new();
        for (path, item) in description["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
                if let Some(need) = need(&operation["security"]) {
                    // The user's design has these without the version, too.
                    if let Some(short) = path.strip_prefix("/api/v1/auth/") {
                        table.insert((format!("/auth/{short}"), method.clone()), need);
                    }
                    table.insert((path.clone(), method), need);
                }
            }
        }
        Self(table)
    }

    /// What a route needs; `None` when it has no such method, or does not say.
    pub fn need(&self, path: &str, method: &Method) -> Option<Need> {
        let method = if method == Method::HEAD { Method::GET } else { method.clone() };
        self.0.get(&(path.to_owned(), method)).copied()
    }

    /// Every route with its method and need.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &Method, Need)> {
        self.0.iter().map(|((path, method), need)| (path.as_str(), method, *need))
    }
}

fn need(security: &Value) -> Option<Need> {
    let ways = security.as_array().filter(|ways| !ways.is_empty())?;
    if ways.iter().any(|way| way.as_object().is_some_and(serde_json::Map::is_empty)) {
        return Some(Need::Open);
    }
    // Every way in must name one and the same role.
    let mut roles = ways.iter().flat_map(|way| way.as_object().into_iter().flatten()).map(|(_, scopes)| {
        match scopes.as_array().map(Vec::as_slice) {
            Some([scope]) => serde_json::from_value::<Role>(scope.clone()).ok(),
            _ => None,
        }
    });
    let first = roles.next()??;
    roles.all(|role| role == Some(first)).then_some(Need::Role(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_an_empty_requirement_opens_a_route_and_silence_closes_it() {
        assert_eq!(need(&json!([{}])), Some(Need::Open));
        assert_eq!(need(&json!([{"bearer": ["admin"]}, {"session": ["admin"]}])), Some(Need::Role(Role::Admin)));
        for closed in [
            json!(null),
            json!([]),
            json!([{"bearer": []}]),
            json!([{"bearer": ["boss"]}]),
            json!([{"bearer": ["admin"]}, {"session": ["viewer"]}]),
        ] {
            assert_eq!(need(&closed), None, "{closed}");
        }
    }
}
