//! The guard's policy in the words of another broker: mosquitto 2.
//!
//! Devices are told apart by the common name of their certificate, which is the device's UUID: `use_identity_as_username`
//! makes it the user name that the ACL file is about, and `use_username_as_clientid` the client id, so that no device
//! can take over another's session. A `pattern` line cannot say it, for the topic holds organization and store too,
//! which a common name has no room for; so the file has one entry a device and is written again, and mosquitto told
//! (SIGHUP), when a device is enrolled or revoked.
//!
//! Where mosquitto differs from the guard: it grants every subscription and then delivers nothing the ACL denies; it
//! acknowledges a forbidden publish and drops it; it does not check the client id (it sets it); QoS 2 and wills
//! within the own topic pass. Payload size, keep-alive and retained messages are in [`mosquitto_conf`]. SIGHUP does
//! not end a session that is open, so a revoked device loses its topics at once and its connection at the next
//! handshake, if mosquitto's `crlfile` is kept.

use std::fmt::Write as _;
use std::path::Path;

use vyavs_domain::ids::DeviceIdentity;
use vyavs_wire::MAX_PAYLOAD;
use vyavs_wire::topic::{ALL_UP, Topic};

/// An ACL file for mosquitto: what the hub (its user name or its certificate's common name) and each device may do.
/// Everything else is denied.
pub fn mosquitto_acl<'a>(hub: &str, identities: impl IntoIterator<Item = &'a DeviceIdentity>) -> String {
    let mut text = String::from("# Written by vyavs-hub; changes are lost. Deny is the default.\n");
    let all_down = ALL_UP.strip_suffix("up").map(|prefix| format!("{prefix}down")).unwrap_or_default();
    let _ = write!(text, "\nuser {hub}\ntopic read {ALL_UP}\ntopic write {all_down}\n");
    for identity in identities {
        let (device, up, down) = (identity.device, Topic::up(*identity), Topic::down(*identity));
        let _ = write!(text, "\nuser {device}\ntopic write {up}\ntopic read {down}\n");
    }
    text
}

/// Files that mosquitto reads, all PEM but the ACL.
#[derive(Clone, Copy, Debug)]
pub struct MosquittoFiles<'a> {
    /// The hub's own CA: who it signed may come in.
    pub ca: &'a Path,
    /// The broker's certificate.
    pub cert: &'a Path,
    /// Its key.
    pub key: &'a Path,
    /// From [`mosquitto_acl`].
    pub acl: &'a Path,
}

/// A `mosquitto.conf` that keeps the guard's policy as far as mosquitto can.
pub fn mosquitto_conf(port: u16, files: MosquittoFiles<'_>) -> String {
    let MosquittoFiles { ca, cert, key, acl } = files;
    let (ca, cert, key, acl) = (ca.display(), cert.display(), key.display(), acl.display());
    format!(
        "# Written by vyavs-hub. Certificates are asked for by the listener; who may do what is in the ACL file.\n\
         listener {port}\n\
         tls_version tlsv1.3\n\
         cafile {ca}\n\
         certfile {cert}\n\
         keyfile {key}\n\
         require_certificate true\n\
         use_identity_as_username true\n\
         use_username_as_clientid true\n\
         allow_anonymous false\n\
         acl_file {acl}\n\
         # Not MQTT's largest, but ours.\n\
         message_size_limit {MAX_PAYLOAD}\n\
         # rumqttd's window; the rest waits in order, and must not be dropped while the hub is away.\n\
         max_inflight_messages 100\n\
         max_queued_messages 100000\n\
         max_keepalive 600\n\
         retain_available false\n\
         allow_zero_length_clientid false\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_with_its_two_topics_and_no_wildcard() {
        let urn = "urn:vyavs:00000000-0000-4000-8000-000000000001:00000000-0000-4000-8000-000000000002:00000000-0000-4000-8000-00000000000a";
        let identity: DeviceIdentity = urn.parse().expect("an identity");
        let acl = mosquitto_acl("vyavs-hub", [&identity]);
        let device = acl.split("\n\n").nth(2).expect("hub, then the device");
        assert_eq!(
            device.trim_end(),
            "user 00000000-0000-4000-8000-00000000000a\n\
             topic write v1/00000000-0000-4000-8000-000000000001/00000000-0000-4000-8000-000000000002/00000000-0000-4000-8000-00000000000a/up\n\
             topic read v1/00000000-0000-4000-8000-000000000001/00000000-0000-4000-8000-000000000002/00000000-0000-4000-8000-00000000000a/down"
        );
        assert!(acl.contains("user vyavs-hub\ntopic read v1/+/+/+/up\ntopic write v1/+/+/+/down\n"));
    }
}
