//! A sign-in holds until it is ended, expires, or its person is shut out; asked with every request.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_store::sessions::{self, RefreshToken, Used};
use vyavs_store::sign_ins::SignInRow;
use vyavs_store::users::{self, User};
use vyavs_store::{both_engines, sign_ins};

use crate::given::{at, id, person, shop};

fn row(org: OrgId, user: UserId, family: Uuid, now: Timestamp) -> SignInRow {
    SignInRow {
        family,
        org,
        user,
        began_at: now,
        seen_at: now,
        authenticated_at: now,
        factors: "pwd".to_owned(),
        client: String::new(),
        address: String::new(),
        ended_at: None,
    }
}

both_engines! {
    async fn a_token_used_twice_ends_its_sign_in_and_that_is_noted(db: Db) {
        let origin = shop(&db, 1).await;
        let now = at("2026-02-03T12:00:00Z");
        let mut tx = db.begin_write().await.expect("a transaction");
        let user = person(&mut tx, origin.org, 900).await;
        let family = id(901);
        let expires_at = now + SignedDuration::from_mins(10);
        let token = RefreshToken { hash: vec![1; 32], org: origin.org, user, family, expires_at };
        sessions::insert(&mut tx, &token).await.expect("a token");
        sign_ins::insert(&mut tx, &row(origin.org, user, family, now)).await.expect("a sign-in");
        sessions::take(&mut tx, &[1; 32], now).await.expect("taken");
        assert!(matches!(sessions::take(&mut tx, &[1; 32], now).await.expect("asked"), Used::Again(_)));
        assert_eq!(sign_ins::ended_at(&mut tx, origin.org, family).await.expect("asked"), Some(now));
        tx.commit().await.expect("a commit");
    }

    async fn a_sign_in_holds_until_it_ends_and_names_its_person_as_it_is_now(db: Db) {
        let origin = shop(&db, 1).await;
        let now = at("2026-02-03T12:00:00Z");
        let (user, family, other) = (UserId(id(900)), id(901), id(902));
        let token = |hash: u8, family, minutes| RefreshToken {
            hash: vec![hash; 32],
            org: origin.org,
            user,
            family,
            expires_at: now + SignedDuration::from_mins(minutes),
        };
        let person = User {
            id: user,
            org: origin.org,
            email: "a@shop.example".into(),
            name: String::new(),
            role: "viewer".into(),
            everywhere: true,
            version: 1,
            password_hash: "x".into(),
            disabled_at: None,
            created_at: now,
        };
        let mut tx = db.begin_write().await.expect("a transaction");
        users::insert(&mut tx, &person).await.expect("a person");
        for (hash, family, minutes) in [(1, family, 10), (2, family, 20), (3, other, 10)] {
            sessions::insert(&mut tx, &token(hash, family, minutes)).await.expect("a token");
        }
        // One token of the family is used up: the sign-in goes on with the next.
        sessions::take(&mut tx, &[1; 32], now).await.expect("taken");
        let holder = sign_ins::holder(&mut tx, family, now).await.expect("asked");
        assert_eq!(holder.map(|holder| holder.user), Some(person.clone()));
        let later = |minutes| now + SignedDuration::from_mins(minutes);
        assert!(sign_ins::holder(&mut tx, family, later(19)).await.expect("asked").is_some());
        assert_eq!(sign_ins::holder(&mut tx, family, later(20)).await.expect("asked"), None);
        assert_eq!(sign_ins::holder(&mut tx, id(903), now).await.expect("asked"), None);
        sign_ins::insert(&mut tx, &row(origin.org, user, family, now)).await.expect("a sign-in");
        sign_ins::insert(&mut tx, &row(origin.org, user, other, now)).await.expect("a sign-in");
        assert_eq!(sign_ins::list(&mut tx, origin.org, user, now).await.expect("asked").len(), 2);
        sessions::end_family(&mut tx, family, now).await.expect("ended");
        let left = sign_ins::list(&mut tx, origin.org, user, now).await.expect("asked");
        assert_eq!(left.iter().map(|row| row.family).collect::<Vec<_>>(), [other]);
        assert_eq!(sign_ins::holder(&mut tx, family, now).await.expect("asked"), None);
        assert!(sign_ins::holder(&mut tx, other, now).await.expect("asked").is_some());
        users::set_disabled(&mut tx, origin.org, user, Some(now)).await.expect("shut out");
        assert_eq!(sign_ins::holder(&mut tx, other, now).await.expect("asked"), None);
        tx.commit().await.expect("a commit");
    }
}
