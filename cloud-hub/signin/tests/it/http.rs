//! A small HTTP client on the loopback, as [`Fetch`].

use vyavs_signin::oidc::{Fetch, FetchError, Method, Request, Response};

use crate::browser::send;

/// As the hub would give its own.
pub(crate) struct Http;

impl Fetch for Http {
    async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let answer = send(method, &request.url, &request.headers, request.body, request.most).await;
        let (status, headers, body) = answer.map_err(FetchError::Connection)?;
        let content_type = headers.get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Response { status: status.as_u16(), content_type, body })
    }
}
