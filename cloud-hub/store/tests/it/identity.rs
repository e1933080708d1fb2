//! Machines, passkeys and sign-in services: found by those who may, used once, never another tenant's.

use jiff::SignedDuration;
use vyavs_store::identity_providers::{self, IdentityProvider};
use vyavs_store::machine_keys::{self, Kind, MachineKey};
use vyavs_store::passkeys::{self, PasskeyRow};
use vyavs_store::{both_engines, external_identities};

use crate::given::{at, id, person, shop};

both_engines! {
    async fn a_machine_is_found_by_what_is_seen_of_it_and_its_kind(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let now = at("2026-02-03T12:00:00Z");
        let mut tx = db.begin_write().await.expect("a transaction");
        let user = person(&mut tx, mine.org, 900).await;
        let machine = |n, kind, public_id: &str| MachineKey {
            id: id(n), org: mine.org, kind, public_id: public_id.to_owned(), name: "ERP".to_owned(), hash: vec![7; 32],
            permissions: "sales.read".to_owned(), everywhere: false, created_by: user, created_at: now,
            expires_at: Some(now + SignedDuration::from_hours(1)), last_used_at: None, revoked_at: None,
        };
        let (key, client) = (machine(1, Kind::Key, "vyk_a"), machine(2, Kind::Client, "vyc_a"));
        machine_keys::insert(&mut tx, &key).await.expect("a key");
        machine_keys::insert(&mut tx, &client).await.expect("a client");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write().await.expect("a transaction");
        let twin = machine_keys::insert(&mut tx, &machine(3, Kind::Key, "vyk_a")).await;
        assert!(twin.expect_err("taken").is_taken());
        drop(tx);
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(machine_keys::shown(&mut tx, Kind::Key, "vyk_a").await.expect("asked"), Some(key.clone()));
        assert_eq!(machine_keys::shown(&mut tx, Kind::Client, "vyk_a").await.expect("asked"), None);
        assert_eq!(machine_keys::shown(&mut tx, Kind::Key, "").await.expect("asked"), None);
        assert_eq!(machine_keys::list(&mut tx, mine.org, Kind::Client).await.expect("asked"), std::slice::from_ref(&client));
        assert!(machine_keys::list(&mut tx, theirs.org, Kind::Client).await.expect("asked").is_empty());
        assert!(!machine_keys::revoke(&mut tx, theirs.org, key.id, now).await.expect("asked"));
        assert!(machine_keys::revoke(&mut tx, mine.org, key.id, now).await.expect("asked"));
        assert!(!machine_keys::revoke(&mut tx, mine.org, key.id, now).await.expect("asked"), "it was before");
        tx.commit().await.expect("a commit");
        // With the rights of one organization the other's are not there.
        let mut tx = db.begin_read(theirs.org).await.expect("a transaction");
        assert_eq!(machine_keys::get(&mut tx, theirs.org, client.id).await.expect("asked"), None);
    }

    async fn a_passkey_is_one_person_s_and_moves_on_with_each_use(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let mut tx = db.begin_write().await.expect("a transaction");
        let (user, other) = (person(&mut tx, mine.org, 900).await, person(&mut tx, mine.org, 901).await);
        let row = PasskeyRow {
            id: id(1), org: mine.org, user, credential: vec![1, 2], name: "Phone".to_owned(), record: "{\"counter\":0}".to_owned(),
        };
        passkeys::insert(&mut tx, &row).await.expect("a passkey");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write().await.expect("a transaction");
        let stolen = PasskeyRow { id: id(2), user: other, ..row.clone() };
        assert!(passkeys::insert(&mut tx, &stolen).await.expect_err("taken").is_taken());
        drop(tx);
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(passkeys::by_credential(&mut tx, &[1, 2]).await.expect("asked"), Some(row.clone()));
        assert_eq!(passkeys::by_credential(&mut tx, &[1]).await.expect("asked"), None);
        assert!(passkeys::used(&mut tx, mine.org, row.id, &row.record, "{\"counter\":1}").await.expect("asked"));
        assert!(!passkeys::used(&mut tx, mine.org, row.id, &row.record, "{\"counter\":1}").await.expect("asked"), "a copy came");
        assert!(!passkeys::rename(&mut tx, mine.org, other, row.id, "Mine").await.expect("asked"));
        assert!(passkeys::rename(&mut tx, mine.org, user, row.id, "Tablet").await.expect("asked"));
        let named = passkeys::get(&mut tx, mine.org, user, row.id).await.expect("asked").expect("there");
        assert_eq!((named.name.as_str(), named.record.as_str()), ("Tablet", "{\"counter\":1}"));
        assert_eq!(passkeys::list(&mut tx, mine.org, user).await.expect("asked"), [named]);
        assert_eq!(passkeys::count(&mut tx, mine.org, user).await.expect("asked"), 1);
        assert_eq!(passkeys::count(&mut tx, theirs.org, user).await.expect("asked"), 0);
        assert!(!passkeys::remove(&mut tx, theirs.org, user, row.id).await.expect("asked"));
        assert!(!passkeys::remove(&mut tx, mine.org, other, row.id).await.expect("asked"));
        assert_eq!(passkeys::remove_all(&mut tx, theirs.org, user).await.expect("asked"), 0);
        assert!(passkeys::remove(&mut tx, mine.org, user, row.id).await.expect("asked"));
        tx.commit().await.expect("a commit");
    }

    async fn a_subject_is_one_person_of_one_organization(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let now = at("2026-02-03T12:00:00Z");
        let mut tx = db.begin_write().await.expect("a transaction");
        let (user, other) = (person(&mut tx, mine.org, 900).await, person(&mut tx, theirs.org, 901).await);
        let who = ("https://id.example", "7");
        external_identities::link(&mut tx, mine.org, who, user, now).await.expect("linked");
        external_identities::link(&mut tx, theirs.org, who, other, now).await.expect("another organization's own");
        external_identities::used(&mut tx, mine.org, who, now).await.expect("noted");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write().await.expect("a transaction");
        assert!(external_identities::link(&mut tx, mine.org, who, user, now).await.expect_err("taken").is_taken());
        drop(tx);
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(external_identities::person(&mut tx, mine.org, who).await.expect("asked"), Some(user));
        for stranger in [("https://id.example/", "7"), ("https://id.example", "07"), ("https://evil.example", "7")] {
            assert_eq!(external_identities::person(&mut tx, mine.org, stranger).await.expect("asked"), None);
        }
        let linked = external_identities::list(&mut tx, mine.org, user).await.expect("asked");
        assert_eq!(linked.len(), 1);
        assert_eq!((linked[0].issuer.as_str(), linked[0].used_at, linked[0].service.as_deref()), ("https://id.example", Some(now), None));
        for (org, whose) in [(theirs.org, user), (mine.org, other)] {
            assert!(!external_identities::unlink(&mut tx, org, whose, linked[0].id).await.expect("asked"), "it is another's");
        }
        assert!(external_identities::unlink(&mut tx, mine.org, user, linked[0].id).await.expect("asked"));
        assert_eq!(external_identities::person(&mut tx, mine.org, who).await.expect("asked"), None);
        external_identities::link(&mut tx, mine.org, who, user, now).await.expect("linked again");
        assert_eq!(external_identities::unlink_all(&mut tx, theirs.org, user).await.expect("asked"), 0);
        assert_eq!(external_identities::unlink_all(&mut tx, mine.org, user).await.expect("asked"), 1);
        tx.commit().await.expect("a commit");
    }

    async fn a_provider_changes_by_version_and_is_found_by_its_domains(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let now = at("2026-02-03T12:00:00Z");
        let one = IdentityProvider {
            id: id(1), org: mine.org, name: "Entra".to_owned(), issuer: "https://id.example".to_owned(), client_id: "hub".to_owned(),
            method: "basic".to_owned(), secret: Some(vec![1, 2, 3]), domains: "shop.example north.example".to_owned(),
            admits: "domain".to_owned(), role: "viewer".to_owned(), everywhere: false, created_at: now, disabled_at: None, version: 1,
        };
        let mut tx = db.begin_write().await.expect("a transaction");
        identity_providers::insert(&mut tx, &one).await.expect("a provider");
        for (domain, known) in [("shop.example", true), ("north.example", true), ("example", false), ("op.example", false), ("", false)] {
            let found = identity_providers::of_domain(&mut tx, domain).await.expect("asked");
            assert_eq!(found.len(), usize::from(known), "{domain}");
        }
        assert_eq!(identity_providers::find(&mut tx, one.id).await.expect("asked"), Some(one.clone()));
        assert_eq!(identity_providers::get(&mut tx, theirs.org, one.id).await.expect("asked"), None);
        let off = IdentityProvider { disabled_at: Some(now), secret: None, everywhere: true, ..one.clone() };
        assert!(!identity_providers::change(&mut tx, &IdentityProvider { org: theirs.org, ..off.clone() }).await.expect("asked"));
        assert!(identity_providers::change(&mut tx, &off).await.expect("asked"));
        assert!(!identity_providers::change(&mut tx, &off).await.expect("asked"), "another version by now");
        let list = identity_providers::list(&mut tx, mine.org).await.expect("asked");
        assert_eq!(list, [IdentityProvider { version: 2, ..off }]);
        assert!(identity_providers::of_domain(&mut tx, "shop.example").await.expect("asked").is_empty(), "it is off");
        assert!(!identity_providers::delete(&mut tx, theirs.org, one.id).await.expect("asked"));
        assert!(identity_providers::delete(&mut tx, mine.org, one.id).await.expect("asked"));
        tx.commit().await.expect("a commit");
    }
}
