//! Signing in elsewhere, against a provider in memory that lies in every way, and against a certified one.

mod browser;
mod http;
mod mock;
mod oidc_flow;
mod oidc_lies_in_the_token;
mod oidc_lies_on_the_way;
mod provider;
mod real_provider;
