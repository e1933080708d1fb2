//! How often one caller, and one organization, may ask: token buckets of a steady rate and a small burst.
//!
//! The rate that is configured is the rate that holds over any longer while; the burst adds a tenth of a minute's worth at
//! once, so that a page may load all its parts together.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::{HeaderMap, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use serde::Deserialize;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;

use super::problem::Problem;

/// `[http.limits]`: requests a minute.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Of one person or key.
    pub per_caller: NonZeroU32,
    /// Of all of an organization together.
    pub per_organization: NonZeroU32,
    /// From one address (one /64 of IPv6), at doors that are open to strangers: access tokens of machines, passkeys,
    /// sign-in elsewhere. Behind a proxy that is everybody.
    pub per_address: NonZeroU32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self { per_caller: number(1_200), per_organization: number(24_000), per_address: number(600) }
    }
}

type Buckets = RateLimiter<Uuid, DefaultKeyedStateStore<Uuid>, DefaultClock, StateInformationMiddleware>;

/// Buckets that are full again are dropped every so many requests, so that memory is bounded by who asks now.
const SWEEP: u32 = 4_096;

/// All buckets.
#[derive(Debug)]
pub(crate) struct Limits {
    callers: Buckets,
    organizations: Buckets,
    addresses: Buckets,
    per_caller: NonZeroU32,
    asked: AtomicU32,
}

fn buckets(a_minute: NonZeroU32) -> Buckets {
    let burst = NonZeroU32::new(a_minute.get().div_ceil(10)).unwrap_or(NonZeroU32::MIN);
    RateLimiter::keyed(Quota::per_minute(a_minute).allow_burst(burst)).with_middleware()
}

/// A request that may go on, and what is left.
pub(crate) struct Taken {
    left: u32,
    per_caller: NonZeroU32,
}

/// A request too many.
pub(crate) struct TooMany {
    seconds: u64,
    whose: &'static str,
}

impl Limits {
    pub(crate) fn new(config: LimitsConfig) -> Self {
        Self {
            callers: buckets(config.per_caller),
            organizations: buckets(config.per_organization),
            addresses: buckets(config.per_address),
            per_caller: config.per_caller,
            asked: AtomicU32::new(0),
        }
    }

    /// Counts a request.
    pub(crate) fn take(&self, org: OrgId, caller: Uuid) -> Result<Taken, TooMany> {
        self.sweep();
        let state = self.callers.check_key(&caller).map_err(|no| wait(no, "you"))?;
        self.organizations.check_key(&org.0).map_err(|no| wait(no, "your organization"))?;
        Ok(Taken { left: state.remaining_burst_capacity(), per_caller: self.per_caller })
    }

    /// Counts a request of somebody who has not said who they are. An address that is not known has no limit of its own.
    pub(crate) fn take_stranger(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.sweep();
        let Some(address) = address else { return Ok(()) };
        self.addresses.check_key(&place(address)).map(drop).map_err(|no| wait(no, "this address").into())
    }

    fn sweep(&self) {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.callers.retain_recent();
            self.organizations.retain_recent();
            self.addresses.retain_recent();
        }
    }
}

fn wait(no: governor::NotUntil<<DefaultClock as Clock>::Instant>, whose: &'static str) -> TooMany {
    let left = no.wait_time_from(DefaultClock::default().now());
    TooMany { seconds: left.as_secs() + 1, whose }
}

/// One household or shop: an IPv4 address, or the half of an IPv6 address that its holder cannot choose.
fn place(address: IpAddr) -> Uuid {
    Uuid::from_u128(match address.to_canonical() {
        IpAddr::V4(four) => u128::from(u32::from(four)),
        IpAddr::V6(six) => u128::from(six) >> 64 << 64,
    })
}

impl Taken {
    /// The `RateLimit` fields of draft-ietf-httpapi-ratelimit-headers.
    pub(crate) fn show(&self, headers: &mut HeaderMap) {
        let policy = format!("\"caller\";q={};w=60", self.per_caller);
        let left = format!("\"caller\";r={}", self.left);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

impl From<TooMany> for Problem {
    fn from(limit: TooMany) -> Self {
        Self::TooOften { whose: limit.whose, seconds: limit.seconds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_a_tenth_and_others_are_not_touched() {
        let config = LimitsConfig { per_caller: NonZeroU32::new(600).expect("a number"), ..LimitsConfig::default() };
        let limits = Limits::new(config);
        let (org, one, other) = (OrgId(Uuid::from_u128(1)), Uuid::from_u128(2), Uuid::from_u128(3));
        let passed = (0..200).filter(|_| limits.take(org, one).is_ok()).count();
        // Ten a second come back meanwhile.
        assert!((60..=70).contains(&passed), "{passed}");
        let refused = limits.take(org, one).err().expect("too many");
        assert_eq!((refused.seconds, refused.whose), (1, "you"));
        assert_eq!(limits.take(org, other).ok().map(|taken| taken.left), Some(59));
    }

    #[test]
    fn an_organization_has_a_limit_of_its_own() {
        let config =
            LimitsConfig { per_organization: NonZeroU32::new(100).expect("a number"), ..LimitsConfig::default() };
        let limits = Limits::new(config);
        let take = |org, n| limits.take(OrgId(Uuid::from_u128(org)), Uuid::from_u128(n));
        let passed = (0..50).filter(|n| take(1, 100 + n).is_ok()).count();
        assert!((10..=12).contains(&passed), "{passed}");
        assert_eq!(take(1, 999).err().map(|refused| refused.whose), Some("your organization"));
        assert!(take(2, 1_000).is_ok());
    }

    #[test]
    fn a_stranger_s_address_has_a_limit_and_a_household_of_ipv6_is_one() {
        let config = LimitsConfig { per_address: NonZeroU32::new(100).expect("a number"), ..LimitsConfig::default() };
        let limits = Limits::new(config);
        let take = |text: &str| limits.take_stranger(Some(text.parse().expect("an address"))).is_ok();
        let passed = (0..50).filter(|n| take(&format!("2001:db8:1:2::{n:x}"))).count();
        assert!((10..=12).contains(&passed), "{passed}");
        assert!(take("2001:db8:1:3::1") && take("192.0.2.1"));
        let passed = (0..50).filter(|n| take(if n % 2 == 0 { "192.0.2.7" } else { "::ffff:192.0.2.7" })).count();
        assert!((10..=12).contains(&passed), "{passed}");
    }
}
