//! A code for tokens (Core 1.0 §3.1.3, RFC 6749 §4.1.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::client::Secret;
use super::fetch::{Fetch, Request};
use super::journey::{Journey, printable};
use super::{Client, OidcError};

const WHAT: &str = "token";

/// What the provider gave. The access token is used for nothing but `at_hash`: the hub asks the provider nothing more.
pub(super) struct Tokens {
    pub(super) id_token: String,
    pub(super) access_token: Option<String>,
}

#[derive(Deserialize)]
struct Given {
    id_token: Option<String>,
    access_token: Option<String>,
    token_type: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
    error_description: Option<String>,
}

impl Client {
    pub(super) async fn exchange(
        &self,
        journey: &Journey,
        code: &str,
        fetch: &impl Fetch,
    ) -> Result<Tokens, OidcError> {
        let request = self.asking(journey, code);
        let answer = request.send(fetch, WHAT).await?;
        if matches!(answer.status, 400 | 401) {
            let refused: Refused = answer.json_of_any_status(WHAT)?;
            let description = refused.error_description.map(|text| printable(&text));
            return Err(OidcError::TokenRefused { code: printable(&refused.error), description });
        }
        let given: Given = answer.json(WHAT)?;
        let kind = given.token_type.unwrap_or_default();
        if !kind.eq_ignore_ascii_case("bearer") {
            return Err(OidcError::TokenType(printable(&kind)));
        }
        let id_token = given.id_token.ok_or(OidcError::NoIdToken)?;
        Ok(Tokens { id_token, access_token: given.access_token })
    }

    /// Apart from [`Client::exchange`], so that what writes forms, which cannot move between threads, is gone before
    /// anything is waited for.
    fn asking(&self, journey: &Journey, code: &str) -> Request {
        let client = &self.config.client_id;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &journey.redirect_uri)
            .append_pair("code_verifier", &journey.verifier);
        let mut header = None;
        match &self.config.secret {
            Secret::None => {
                form.append_pair("client_id", client);
            }
            Secret::Post(secret) => {
                form.append_pair("client_id", client).append_pair("client_secret", secret);
            }
            // RFC 6749 §2.3.1: each half is form-encoded before they are joined.
            Secret::Basic(secret) => {
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(client), encoded(secret));
                header = Some(("authorization", format!("Basic {}", STANDARD.encode(pair))));
            }
        }
        let mut request = Request::post(&self.metadata.token_endpoint, form.finish());
        request.headers.extend(header);
        request
    }
}
