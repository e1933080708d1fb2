//! Which addresses may be used: `https`, or plain `http` on the machine itself for a provider that is there too.
//!
//! A provider's discovery could name any host. One given by number on a private network, or by a name of the machine
//! itself, is refused unless it is the issuer's own: nobody reads a cloud's metadata through a sign-in page.

use std::net::IpAddr;

use url::{Host, Url};
use vyavs_domain::address::AddressPolicy;

use super::OidcError;

const LONGEST: usize = 2048;

/// The issuer, which everything else is measured by.
pub(super) fn issuer(text: &str) -> Result<Url, OidcError> {
    let url = parsed("issuer", text, None)?;
    if url.query().is_some() {
        return Err(OidcError::Address { what: "issuer", url: shown(text), why: "an issuer has no query" });
    }
    Ok(url)
}

/// An address that discovery of this issuer names.
pub(super) fn endpoint(what: &'static str, text: &str, issuer: &Url) -> Result<Url, OidcError> {
    parsed(what, text, Some(issuer))
}

fn parsed(what: &'static str, text: &str, issuer: Option<&Url>) -> Result<Url, OidcError> {
    let refused = |why| OidcError::Address { what, url: shown(text), why };
    if text.len() > LONGEST {
        return Err(refused("it is longer than 2048 bytes"));
    }
    let url = Url::parse(text).map_err(|_| refused("it is not an absolute address"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it carries a name or a password"));
    }
    if url.fragment().is_some() {
        return Err(refused("it carries a fragment"));
    }
    let host = url.host().ok_or_else(|| refused("it has no host"))?;
    let here = is_here(&host);
    match url.scheme() {
        "https" => {}
        "http" if here && issuer.is_none_or(|issuer| issuer.scheme() == "http") => {}
        "http" => return Err(refused("http is for the machine itself alone, and only where the issuer is there too")),
        _ => return Err(refused("it must be https")),
    }
    let own = issuer.is_none_or(|issuer| issuer.host() == Some(host.clone()) || is_loopback_pair(issuer, here));
    if (here || is_private(&host)) && !own {
        return Err(refused("it is on a private network or the machine itself, and the issuer is not"));
    }
    Ok(url)
}

/// `localhost` and `127.0.0.1` are one and the same to a developer.
fn is_loopback_pair(issuer: &Url, here: bool) -> bool {
    here && issuer.host().is_some_and(|host| is_here(&host))
}

fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

fn is_here(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
    }
}

fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(_) => false,
        Host::Ipv4(ip) => !is_public(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => !is_public(IpAddr::V6(*ip)),
    }
}

/// Whether an address is one of the public internet. For whoever resolves names: [`super::Fetch`].
pub fn is_public(ip: IpAddr) -> bool {
    AddressPolicy::default().check(ip).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(issuer: &str, text: &str) -> bool {
        let issuer = super::issuer(issuer).expect("an issuer");
        matches!(endpoint("token_endpoint", text, &issuer), Err(OidcError::Address { what: "token_endpoint", .. }))
    }

    #[test]
    fn an_issuer_is_https_or_on_the_machine_itself() {
        for good in [
            "https://id.example",
            "https://id.example/realms/a",
            "https://10.0.0.7:8443",
            "http://127.0.0.1:4000",
            "http://localhost/x",
            "http://[::1]:9",
        ] {
            assert!(issuer(good).is_ok(), "{good}");
        }
        for bad in [
            "http://id.example",
            "http://10.0.0.7",
            "ftp://id.example",
            "id.example",
            "https://id.example?x=1",
            "https://id.example#x",
            "https://a:b@id.example",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://",
            "",
        ] {
            assert!(issuer(bad).is_err(), "{bad}");
        }
        assert!(issuer(&format!("https://id.example/{}", "x".repeat(2048))).is_err());
    }

    #[test]
    fn discovery_leads_to_no_private_place() {
        for good in [
            "https://id.example/token",
            "https://other.example/token?x=1",
            "https://8.8.8.8/",
            "https://[2606:4700::1]/",
        ] {
            assert!(!refused("https://id.example", good), "{good}");
        }
        for bad in [
            "http://id.example/token",
            "https://127.0.0.1/",
            "https://localhost/",
            "https://a.localhost/",
            "https://localhost./",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[::]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[2002:a00:1::]/",
            "https://u@id.example/",
            "gopher://id.example/",
            "data:text/html,x",
            "/token",
            "https://id.example/#x",
        ] {
            assert!(refused("https://id.example", bad), "{bad}");
        }
    }

    #[test]
    fn a_provider_of_the_house_and_one_on_the_machine_keep_to_themselves() {
        assert!(!refused("https://10.0.0.7:8443", "https://10.0.0.7:8443/token"));
        assert!(refused("https://10.0.0.7:8443", "https://10.0.0.8:8443/token"));
        assert!(!refused("http://127.0.0.1:4000", "http://127.0.0.1:4001/token"));
        assert!(!refused("http://127.0.0.1:4000", "http://localhost:4000/token"));
        assert!(refused("http://127.0.0.1:4000", "http://10.0.0.8/token"));
        assert!(refused("https://127.0.0.1:4000", "http://127.0.0.1:4000/token"));
    }
}
