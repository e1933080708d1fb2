//! What a program posts to the token endpoint (RFC 6749 §2.3.1, §4.4.2), read to the letter.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::client::SECRET_PREFIX;
use super::{Scopes, client};
use crate::letters;

/// A request for a token, well formed; whether its secret is right, [`TokenRequest::grant`] says.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    client: String,
    secret: [u8; 32],
    basic: bool,
    scopes: Option<Scopes>,
}

impl std::fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenRequest")
            .field("client", &self.client)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// A request that gets no token: RFC 6749 §5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// A part is missing, repeated or unreadable.
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// Unknown client, wrong secret, or shut out.
    #[error("the client is unknown or its secret is wrong")]
    InvalidClient {
        /// Whether it used the `Authorization` header: then the answer needs `WWW-Authenticate: Basic`.
        basic: bool,
    },
    /// Not `client_credentials`.
    #[error("the only grant here is client_credentials")]
    UnsupportedGrantType,
    /// Unknown, malformed, or more than this client may have.
    #[error("the scope is malformed or more than this client may have")]
    InvalidScope,
}

impl TokenError {
    /// The member `error` of the answer.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient { .. } => "invalid_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
        }
    }

    /// The HTTP status of the answer.
    pub fn status(self) -> u16 {
        if matches!(self, Self::InvalidClient { .. }) { 401 } else { 400 }
    }
}

impl TokenRequest {
    /// Reads the `Authorization` and `Content-Type` headers and the body of a POST.
    pub fn read(authorization: Option<&str>, content_type: Option<&str>, body: &[u8]) -> Result<Self, TokenError> {
        let media = content_type.and_then(|text| text.split(';').next()).map(str::trim).unwrap_or_default();
        if !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(TokenError::InvalidRequest("the body must be application/x-www-form-urlencoded"));
        }
        let mut form = fields(body)?;
        let header = authorization.map(basic).transpose()?;
        let (in_body, secret) = (form.remove("client_id"), form.remove("client_secret"));
        let basic = header.is_some();
        let (client, secret) = match (header, in_body, secret) {
            (Some(_), _, Some(_)) => {
                return Err(TokenError::InvalidRequest("the client must authenticate in one way, not in two"));
            }
            (Some((client, _)), Some(other), None) if client != other => {
                return Err(TokenError::InvalidRequest("client_id names another client than the Authorization header"));
            }
            (Some(header), _, None) => header,
            (None, Some(client), Some(secret)) => (client, secret),
            (None, _, _) => return Err(TokenError::InvalidClient { basic: false }),
        };
        match form.get("grant_type").map(String::as_str) {
            Some("client_credentials") => {}
            Some(_) => return Err(TokenError::UnsupportedGrantType),
            None => return Err(TokenError::InvalidRequest("grant_type is missing")),
        }
        let scopes = form.get("scope").map(|text| text.parse::<Scopes>()).transpose();
        let scopes = scopes.map_err(|_| TokenError::InvalidScope)?.filter(|scopes| !scopes.is_empty());
        // A slip in the secret is as good as a wrong one, only cheaper.
        let secret = letters::read_checked(SECRET_PREFIX, &secret).map_err(|_| TokenError::InvalidClient { basic })?;
        Ok(Self { client, secret, basic, scopes })
    }

    /// Who it says it is.
    pub fn client_id(&self) -> &str {
        &self.client
    }

    /// Answers it; `client` is what the hub has under [`TokenRequest::client_id`].
    pub fn grant(
        &self,
        client: Option<&super::MachineClient>,
        now: jiff::Timestamp,
    ) -> Result<super::Grant, TokenError> {
        client::grant(self, client, now)
    }

    pub(super) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    pub(super) fn is_basic(&self) -> bool {
        self.basic
    }

    pub(super) fn scopes(&self) -> Option<&Scopes> {
        self.scopes.as_ref()
    }
}

/// RFC 6749 §3.2: no parameter twice; one without a value is one that was not sent.
fn fields(body: &[u8]) -> Result<HashMap<String, String>, TokenError> {
    let mut fields = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(body).take(64) {
        if value.is_empty() {
            continue;
        }
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(TokenError::InvalidRequest("a parameter is given twice"));
        }
    }
    Ok(fields)
}

/// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
fn basic(header: &str) -> Result<(String, String), TokenError> {
    const UNREADABLE: TokenError = TokenError::InvalidClient { basic: true };
    let (scheme, rest) = header.split_once(' ').ok_or(UNREADABLE)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(UNREADABLE);
    }
    let bytes = STANDARD.decode(rest.trim()).map_err(|_| UNREADABLE)?;
    let text = String::from_utf8(bytes).map_err(|_| UNREADABLE)?;
    let (client, secret) = text.split_once(':').ok_or(UNREADABLE)?;
    Ok((decoded(client).ok_or(UNREADABLE)?, decoded(secret).ok_or(UNREADABLE)?))
}

/// One form-encoded word.
fn decoded(text: &str) -> Option<String> {
    if text.contains(['&', '=']) {
        return None;
    }
    url::form_urlencoded::parse(text.as_bytes()).next().map(|(word, _)| word.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::MachineClient;
    use jiff::{SignedDuration, Timestamp};

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().expect("a time")
    }

    fn client() -> (String, MachineClient) {
        let random = std::array::from_fn(|n| (n as u8).wrapping_mul(73));
        MachineClient::register("sales:read stock:read".parse().expect("scopes"), random)
    }

    fn header(client: &str, secret: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")))
    }

    #[test]
    fn a_client_is_granted_what_it_asks_for_in_either_way() {
        let (secret, client) = client();
        let basic = header(&client.id, &secret);
        let body = format!("grant_type=client_credentials&client_id={}&client_secret={secret}&scope=", client.id);
        for (authorization, body, scopes) in [
            (Some(basic.as_str()), "grant_type=client_credentials&scope=sales%3Aread", "sales:read"),
            (Some(&basic), "grant_type=client_credentials&scope=stock:read+sales:read", "sales:read stock:read"),
            (None, &body, "sales:read stock:read"),
        ] {
            let request = TokenRequest::read(authorization, FORM, body.as_bytes()).expect("well formed");
            assert_eq!(request.client_id(), client.id);
            let grant = request.grant(Some(&client), now()).expect("granted");
            assert_eq!(grant.scopes.to_string(), scopes);
            assert_eq!(grant.expires_at, now() + SignedDuration::from_mins(10));
        }
    }

    #[test]
    fn every_other_request_has_its_code() {
        let (secret, client) = client();
        let (id, basic) = (&client.id, header(&client.id, &secret));
        let wrong = client.rotate([9; 32], now()).0;
        let cc = "grant_type=client_credentials";
        let cases: Vec<(Option<String>, String, &str)> = vec![
            (None, cc.to_owned(), "invalid_client"),
            (Some(basic.clone()), format!("{cc}&client_secret={secret}"), "invalid_request"),
            (Some(basic.clone()), format!("{cc}&client_id=vyc_other"), "invalid_request"),
            (Some(basic.clone()), "scope=sales:read".to_owned(), "invalid_request"),
            (Some(basic.clone()), format!("{cc}&{cc}"), "invalid_request"),
            (Some(basic.clone()), "grant_type=password".to_owned(), "unsupported_grant_type"),
            (Some(basic.clone()), format!("{cc}&scope=sales:write"), "invalid_scope"),
            (Some(basic.clone()), format!("{cc}&scope=sales:read%20%20stock:read"), "invalid_scope"),
            (Some(header(id, &wrong)), cc.to_owned(), "invalid_client"),
            (Some(header(id, &secret[..secret.len() - 1])), cc.to_owned(), "invalid_client"),
            (Some(header("vyc_other", &secret)), cc.to_owned(), "invalid_client"),
            (Some(header(id, "")), cc.to_owned(), "invalid_client"),
            (Some("Basic !".to_owned()), cc.to_owned(), "invalid_client"),
            (Some(format!("Bearer {secret}")), cc.to_owned(), "invalid_client"),
            (Some("Basic".to_owned()), cc.to_owned(), "invalid_client"),
            (Some(format!("Basic {}", STANDARD.encode([0xff, 0xfe]))), cc.to_owned(), "invalid_client"),
        ];
        for (authorization, body, code) in cases {
            let error = TokenRequest::read(authorization.as_deref(), FORM, body.as_bytes())
                .and_then(|request| request.grant(Some(&client), now()).map(|_| ()))
                .expect_err("refused");
            assert_eq!(error.code(), code, "{authorization:?} {body}");
            assert_eq!(error.status(), if code == "invalid_client" { 401 } else { 400 });
        }
        let json = TokenRequest::read(Some(&basic), Some("application/json"), b"{}").expect_err("refused");
        assert_eq!(json.code(), "invalid_request");
    }

    #[test]
    fn an_unknown_client_and_a_shut_out_one_are_refused_like_a_wrong_secret() {
        let (secret, client) = client();
        let request = TokenRequest::read(Some(&header(&client.id, &secret)), FORM, b"grant_type=client_credentials");
        let request = request.expect("well formed");
        assert!(request.grant(Some(&client), now()).is_ok());
        let refused = Err(TokenError::InvalidClient { basic: true });
        assert_eq!(request.grant(None, now()), refused);
        let out = MachineClient { disabled_at: Some(now()), ..client.clone() };
        assert_eq!(request.grant(Some(&out), now()), refused);
        let (_, other) = MachineClient::register(client.scopes.clone(), [8; 42]);
        assert_eq!(request.grant(Some(&other), now()), refused);
    }

    #[test]
    fn a_new_secret_works_beside_the_old_one_for_a_while() {
        let (old, client) = client();
        let day = SignedDuration::from_hours(24);
        let (new, client) = client.rotate([9; 32], now() + day);
        let ask = |client: &MachineClient, secret: &str, at| {
            TokenRequest::read(Some(&header(&client.id, secret)), FORM, b"grant_type=client_credentials")
                .and_then(|request| request.grant(Some(client), at))
                .is_ok()
        };
        assert!(ask(&client, &old, now()) && ask(&client, &new, now()));
        assert!(!ask(&client, &old, now() + day) && ask(&client, &new, now() + day));
        let (newest, client) = client.rotate([10; 32], now() + day);
        assert!(!ask(&client, &old, now()) && ask(&client, &new, now()) && ask(&client, &newest, now()));
        assert_eq!(client.secrets.len(), 2);
    }

    #[test]
    fn no_secret_is_shown() {
        let (secret, client) = client();
        let request = TokenRequest::read(Some(&header(&client.id, &secret)), FORM, b"grant_type=client_credentials");
        assert!(!format!("{request:?}{client:?}").contains(&secret[6..20]));
    }
}
