//! Users, sign-ins, enrolment, shops, devices, catalog.

use jiff::SignedDuration;
use serde_json::json;
use vyavs_domain::ids::UserId;
use vyavs_store::sessions::{self, RefreshToken, Used};
use vyavs_store::tokens::{self, EnrolToken, Redeemed};
use vyavs_store::users::{self, User};
use vyavs_store::{both_engines, devices, orgs, sign_ins, stores};

use crate::given::{at, id, identity, shop};

both_engines! {
    async fn an_email_signs_in_one_person(db: Db) {
        let origin = shop(&db, 1).await;
        let now = at("2026-02-03T10:00:00Z");
        let user = User {
            id: UserId(id(900)), org: origin.org, email: "Ana@Shop.example".to_owned(), name: "Ana".to_owned(), everywhere: true, version: 1, role: "admin".to_owned(),
            password_hash: "$argon2id$…".to_owned(), disabled_at: None, created_at: now,
        };
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(users::count(&mut tx).await.expect("a count"), 0);
        users::insert(&mut tx, &user).await.expect("a user");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write().await.expect("a transaction");
        let twin = User { id: UserId(id(901)), email: "ana@shop.EXAMPLE".to_owned(), ..user.clone() };
        assert!(users::insert(&mut tx, &twin).await.expect_err("taken").is_taken());
        drop(tx);
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        let found = users::by_email(&mut tx, "ANA@shop.example").await.expect("a query").expect("the user");
        assert_eq!(found, User { email: "ana@shop.example".to_owned(), ..user.clone() });
        assert_eq!(users::by_email(&mut tx, "bob@shop.example").await.expect("a query"), None);
        drop(tx);
        let mut tx = db.begin_write_for(origin.org).await.expect("a transaction");
        assert!(users::set_password(&mut tx, origin.org, user.id, "new").await.expect("changed"));
        assert!(users::set_disabled(&mut tx, origin.org, user.id, Some(now)).await.expect("changed"));
        assert!(!users::set_password(&mut tx, identity(2).org, user.id, "theirs").await.expect("a query"));
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let found = users::get(&mut tx, origin.org, user.id).await.expect("a query").expect("the user");
        assert_eq!((found.password_hash.as_str(), found.disabled_at), ("new", Some(now)));
        assert_eq!(users::list(&mut tx, origin.org).await.expect("users"), [found]);
    }

    async fn a_refresh_token_is_good_once_and_a_second_use_ends_its_family(db: Db) {
        let origin = shop(&db, 1).await;
        let now = at("2026-02-03T10:00:00Z");
        let mut tx = db.begin_write().await.expect("a transaction");
        let user = User {
            id: UserId(id(900)), org: origin.org, email: "a@b.c".to_owned(), name: String::new(), everywhere: true, version: 1, role: "viewer".to_owned(),
            password_hash: "x".to_owned(), disabled_at: None, created_at: now,
        };
        users::insert(&mut tx, &user).await.expect("a user");
        let token = |n: u8, family| RefreshToken {
            hash: vec![n; 32], org: origin.org, user: user.id, family: id(family), expires_at: now + SignedDuration::from_hours(1),
        };
        for (n, family) in [(1, 1), (2, 1), (3, 2), (4, 3)] {
            sessions::insert(&mut tx, &token(n, family)).await.expect("a token");
        }
        assert_eq!(sessions::take(&mut tx, &[1; 32], now).await.expect("a query"), Used::Good(token(1, 1)));
        assert_eq!(sessions::take(&mut tx, &[1; 32], now).await.expect("a query"), Used::Again(token(1, 1)));
        assert_eq!(sessions::take(&mut tx, &[2; 32], now).await.expect("a query"), Used::No, "its family has ended");
        assert_eq!(sessions::take(&mut tx, &[3; 32], now + SignedDuration::from_hours(1)).await.expect("a query"), Used::No, "expired");
        assert_eq!(sessions::take(&mut tx, &[9; 32], now).await.expect("a query"), Used::No, "unknown");
        assert_eq!(sign_ins::holder(&mut tx, id(3), now).await.expect("a query").map(|holder| holder.user), Some(user.clone()));
        let expired = now + SignedDuration::from_hours(1);
        assert_eq!(sign_ins::holder(&mut tx, id(3), expired).await.expect("a query"), None, "expired");
        assert_eq!(sign_ins::holder(&mut tx, id(1), now).await.expect("a query"), None, "its family has ended");
        users::set_disabled(&mut tx, origin.org, user.id, Some(now)).await.expect("changed");
        assert_eq!(sign_ins::holder(&mut tx, id(3), now).await.expect("a query"), None, "shut out");
        users::set_disabled(&mut tx, origin.org, user.id, None).await.expect("changed");
        sessions::end_all(&mut tx, user.id, now).await.expect("ended");
        assert_eq!(sessions::take(&mut tx, &[4; 32], now).await.expect("a query"), Used::No, "ended");
        assert_eq!(sessions::sweep(&mut tx, now + SignedDuration::from_hours(2)).await.expect("a count"), 4);
    }

    async fn of_many_devices_with_one_token_one_enrols(db: Db) {
        let origin = shop(&db, 1).await;
        let now = at("2026-02-03T10:00:00Z");
        let token = EnrolToken {
            hash: vec![5; 32], org: origin.org, store: origin.store, device_name: "box 2".to_owned(), expires_at: now + SignedDuration::from_mins(15),
        };
        let mut tx = db.begin_write_for(origin.org).await.expect("a transaction");
        tokens::issue(&mut tx, &token).await.expect("a token");
        tokens::issue(&mut tx, &EnrolToken { hash: vec![6; 32], expires_at: now, ..token.clone() }).await.expect("a token");
        tx.commit().await.expect("a commit");
        let redeem = || async {
            let mut tx = db.begin_write().await.expect("a transaction");
            let done = tokens::redeem(&mut tx, &[5; 32], now).await.expect("a query");
            tx.commit().await.expect("a commit");
            done
        };
        let all = tokio::join!(redeem(), redeem(), redeem(), redeem());
        let all = [all.0, all.1, all.2, all.3];
        assert_eq!(all.iter().filter(|done| **done == Redeemed::Good(token.clone())).count(), 1);
        assert_eq!(all.iter().filter(|done| **done == Redeemed::Used(now)).count(), 3);
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(tokens::redeem(&mut tx, &[6; 32], now).await.expect("a query"), Redeemed::Expired(now));
        assert_eq!(tokens::redeem(&mut tx, &[7; 32], now).await.expect("a query"), Redeemed::Unknown);
    }

    async fn a_revoked_device_is_not_brought_back_by_enrolling(db: Db) {
        let origin = shop(&db, 1).await;
        let now = at("2026-02-03T10:00:00Z");
        let mut tx = db.begin_write().await.expect("a transaction");
        let found = devices::by_identity(&mut tx, identity(1)).await.expect("a query").expect("the device");
        assert!(devices::revoke(&mut tx, origin.org, origin.device, now).await.expect("revoked"));
        assert!(!devices::revoke(&mut tx, origin.org, origin.device, now).await.expect("a query"));
        devices::enrol(&mut tx, &devices::Device { public_key: vec![8; 32], ..found }).await.expect("a device");
        let found = devices::by_identity(&mut tx, identity(1)).await.expect("a query").expect("the device");
        assert_eq!((found.public_key, found.revoked_at), (vec![8; 32], Some(now)));
        let elsewhere = vyavs_domain::ids::DeviceIdentity { store: identity(2).store, ..identity(1) };
        assert_eq!(devices::by_identity(&mut tx, elsewhere).await.expect("a query"), None);
        assert_eq!(devices::list(&mut tx, origin.org).await.expect("devices").len(), 1);
    }

    async fn shops_and_organizations_read_back(db: Db) {
        let origin = shop(&db, 1).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let found = stores::get(&mut tx, origin.org, origin.store).await.expect("a query").expect("the store");
        assert_eq!(found.location, json!({"city": "Łódź"}));
        assert_eq!(found.time().expect("a zone").business_day(at("2026-02-03T03:59:59Z")).to_string(), "2026-02-02");
        assert_eq!(stores::list(&mut tx, origin.org).await.expect("stores"), [found]);
        let org = orgs::get(&mut tx, origin.org).await.expect("a query").expect("the organization");
        assert_eq!((org.name.as_str(), org.industry.as_deref()), ("Org 1", Some("grocery")));
        drop(tx);
        let mut tx = db.begin_read_hub().await.expect("a transaction");
        assert_eq!(orgs::list(&mut tx).await.expect("organizations"), [org]);
    }
}
