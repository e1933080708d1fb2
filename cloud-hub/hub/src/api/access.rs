//! Which permission each route needs, read from the API's own description. A route that does not say is closed, and the
//! hub does not start with one ([`Access::undeclared`]).

use std::collections::HashMap;

use axum::http::Method;
use serde_json::Value;

use crate::access::Permission;

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Open,
    /// This permission.
    Permission {
        /// Which.
        permission: Permission,
        /// Also a factor shown lately: what a stolen session must not do.
        step_up: bool,
    },
}

/// The user's design has the first three without the version, too; the last stands beside them.
pub(crate) const SHORT: [&str; 4] = ["/auth/login", "/auth/refresh", "/auth/logout", "/auth/token"];

/// Beside the permission in a route's scopes.
const STEP_UP: &str = "step-up";

/// Route and method to need.
#[derive(Clone, Debug, Default)]
pub struct Access {
    needs: HashMap<(String, Method), Need>,
    undeclared: Vec<String>,
}

impl Access {
    /// Reads the `security` of every operation: an empty requirement opens it, a scope names the permission.
    pub(crate) fn of(description: &Value) -> Self {
        let (mut table, mut undeclared) = (HashMap::new(), Vec::new());
        for (path, item) in description["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
                let Some(need) = need(&operation["security"]) else {
                    undeclared.push(format!("{method} {path}"));
                    continue;
                };
                if let Some(short) = path.strip_prefix("/api/v1").filter(|short| SHORT.contains(short)) {
                    table.insert((short.to_owned(), method.clone()), need);
                }
                table.insert((path.clone(), method), need);
            }
        }
        undeclared.sort();
        Self { needs: table, undeclared }
    }

    /// What a route needs; `None` when it has no such method, or does not say.
    pub fn need(&self, path: &str, method: &Method) -> Option<Need> {
        let method = if method == Method::HEAD { Method::GET } else { method.clone() };
        self.needs.get(&(path.to_owned(), method)).copied()
    }

    /// The methods of a route, as `Allow` names them (RFC 9110 §10.2.1).
    pub(crate) fn methods(&self, path: &str) -> String {
        let of_path = self.needs.keys().filter(|(of, _)| of == path).map(|(_, method)| method.as_str());
        let mut methods: Vec<&str> =
            of_path.flat_map(|method| [Some(method), (method == "GET").then_some("HEAD")]).flatten().collect();
        methods.sort_unstable();
        methods.join(", ")
    }

    /// Routes that declare nothing that is known: the hub does not start with one.
    pub fn undeclared(&self) -> &[String] {
        &self.undeclared
    }

    /// Every route with its method and need.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &Method, Need)> {
        self.needs.iter().map(|((path, method), need)| (path.as_str(), method, *need))
    }
}

fn need(security: &Value) -> Option<Need> {
    let ways = security.as_array().filter(|ways| !ways.is_empty())?;
    if ways.iter().any(|way| way.as_object().is_some_and(serde_json::Map::is_empty)) {
        return Some(Need::Open);
    }
    // Every way in must ask for one and the same.
    let mut asked = ways.iter().flat_map(|way| way.as_object().into_iter().flatten()).map(|(_, scopes)| {
        let scopes: Vec<&str> = scopes.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
        let (name, step_up) = match scopes[..] {
            [name] => (name, false),
            [name, STEP_UP] => (name, true),
            _ => return None,
        };
        Some(Need::Permission { permission: name.parse().ok()?, step_up })
    });
    let first = asked.next()??;
    asked.all(|need| need == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_an_empty_requirement_opens_a_route_and_silence_closes_it() {
        assert_eq!(need(&json!([{}])), Some(Need::Open));
        let both = |scopes: Value| need(&json!([{"bearer": scopes}, {"session": scopes}]));
        let permission = Permission::KeysWrite;
        assert_eq!(both(json!(["keys.write"])), Some(Need::Permission { permission, step_up: false }));
        assert_eq!(both(json!(["keys.write", "step-up"])), Some(Need::Permission { permission, step_up: true }));
        for closed in [
            json!(null),
            json!([]),
            json!([{"bearer": []}]),
            json!([{"bearer": ["boss"]}]),
            json!([{"bearer": ["keys.write", "stores.read"]}]),
            json!([{"bearer": ["keys.write"]}, {"session": ["stores.read"]}]),
            json!([{"bearer": ["keys.write", "step-up"]}, {"session": ["keys.write"]}]),
        ] {
            assert_eq!(need(&closed), None, "{closed}");
        }
        let access = Access::of(&json!({"paths": {"/a": {"get": {"security": []}, "put": {"security": [{}]}}}}));
        assert_eq!(access.undeclared(), ["GET /a"]);
        assert_eq!(access.methods("/a"), "PUT");
        let read = Access::of(&json!({"paths": {"/b": {"get": {"security": [{}]}, "delete": {"security": [{}]}}}}));
        assert_eq!(read.methods("/b"), "DELETE, GET, HEAD");
    }
}
