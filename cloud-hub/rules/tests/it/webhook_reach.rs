//! Where calls may go.

use std::net::IpAddr;

use vyavs_rules::webhook::reach::{AddressPolicy, Net, UrlError, UrlPolicy};

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn our_own_network_is_not_called() {
    let policy = AddressPolicy::default();
    for refused in [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "4000::1",
    ] {
        assert!(policy.check(ip(refused)).is_err(), "{refused}");
    }
    for called in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "2002:101:101::",
    ] {
        assert_eq!(policy.check(ip(called)), Ok(()), "{called}");
    }
    let refused = policy.check(ip("169.254.169.254")).expect_err("refused").to_string();
    assert_eq!(refused, "169.254.169.254 is not called: it is link-local, where clouds keep their metadata");
}

#[test]
fn what_is_allowed_is_called_and_nothing_beside_it() {
    let nets = ["10.1.0.0/16", "127.0.0.1/32", "fd00:1::/32"].map(|net| net.parse().expect("a network"));
    let policy = AddressPolicy { allow: nets.to_vec() };
    for (address, called) in [
        ("10.1.255.255", true),
        ("::ffff:10.1.2.3", true),
        ("10.2.0.0", false),
        ("127.0.0.1", true),
        ("127.0.0.2", false),
        ("fd00:1::5", true),
        ("fd00:2::5", false),
        ("1.1.1.1", true),
    ] {
        assert_eq!(policy.check(ip(address)).is_ok(), called, "{address}");
    }
    let all: Net = "0.0.0.0/0".parse().expect("a network");
    assert!(all.has(ip("255.255.255.255")) && !all.has(ip("::1")));
}

#[test]
fn a_network_is_written_in_one_way() {
    for good in ["10.1.0.0/16", "0.0.0.0/0", "1.2.3.4/32", "fd00::/8", "::/0", "::1/128"] {
        let net: Net = good.parse().expect("a network");
        assert_eq!(net.to_string(), good);
        let json = serde_json::to_string(&net).expect("JSON");
        assert_eq!(serde_json::from_str::<Net>(&json).expect("a network"), net);
    }
    for bad in ["10.1.0.0", "10.1.0.1/16", "10.0.0.0/33", "fd00::1/8", "::/129", "x/8", "10.0.0.0/-1", "/8", ""] {
        assert!(bad.parse::<Net>().is_err(), "{bad}");
    }
}

#[test]
fn a_url_is_https_without_credentials_to_the_public_internet() {
    let policy = UrlPolicy::default();
    for good in
        ["https://example.com/hook?a=1", "https://example.com:8443/", "https://1.1.1.1/x", "HTTPS://Example.COM"]
    {
        assert!(policy.check(good).is_ok(), "{good}");
    }
    for (bad, why) in [
        ("http://example.com/", "expected an https URL, got http"),
        ("ftp://example.com/", "expected an https URL, got ftp"),
        ("file:///etc/passwd", "expected an https URL, got file"),
        ("https://user@example.com/", "must not carry a user"),
        ("https://:secret@example.com/", "must not carry a user"),
        ("https://example.com/#part", "must not carry a fragment"),
        ("https://localhost/", "localhost is a name of the local network"),
        ("https://LOCALHOST./", "is a name of the local network"),
        ("https://db.internal/", "is a name of the local network"),
        ("https://postgres/", "is a name of the local network"),
        ("https://127.0.0.1/", "it is loopback"),
        ("https://0x7f.1/", "it is loopback"),
        ("https://2130706433/", "it is loopback"),
        ("https://0177.0.0.1/", "it is loopback"),
        ("https://[::1]/", "it is loopback"),
        ("https://[::ffff:169.254.169.254]/", "link-local"),
        ("https://169.254.169.254/latest/meta-data", "link-local"),
        ("https://", "expected a URL"),
        ("hook", "expected a URL"),
        ("", "expected a URL"),
    ] {
        let error = policy.check(bad).expect_err(bad).to_string();
        assert!(error.contains(why), "{bad}: {error}");
    }
    let long = format!("https://example.com/{}", "x".repeat(2000));
    assert_eq!(policy.check(&long), Err(UrlError::Long(2020)));
}

#[test]
fn a_receiver_beside_the_hub_is_called_where_that_is_allowed() {
    let addresses = AddressPolicy { allow: vec!["127.0.0.0/8".parse().expect("a network")] };
    let policy = UrlPolicy { allow_http: true, addresses };
    for good in ["http://127.0.0.1:9000/", "http://localhost:9000/", "http://receiver:9000/"] {
        assert!(policy.check(good).is_ok(), "{good}");
    }
    assert!(policy.check("http://10.0.0.1/").is_err());
    assert!(policy.check("gopher://127.0.0.1/").is_err());
}
