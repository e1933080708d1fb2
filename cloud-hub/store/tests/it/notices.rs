//! Routes and notices: planned with the event they tell of, once, and ended once.

use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;
use vyavs_domain::alert::Severity;
use vyavs_rules::incident::{IncidentId, Occurrence, Policy, fold};
use vyavs_rules::route::{Quiet, Recipient, Route, RouteId, Step, Target, Why};
use vyavs_store::notices::{self, Ended};
use vyavs_store::privacy::retention::{self, Past};
use vyavs_store::routes::{self, Stored};
use vyavs_store::webhooks::deliveries;
use vyavs_store::{Origin, both_engines, incidents, webhooks};

use crate::given::{at, id, shop};
use crate::messages::endpoint;

const NOW: &str = "2026-07-03T21:30:00Z";

fn route(origin: &Origin, n: u128, name: &str) -> Stored {
    let step = |minutes, role: &str| Step {
        after: SignedDuration::from_mins(minutes),
        to: vec![Target::InApp(Recipient::Role(role.to_owned()))],
    };
    let route = Route {
        id: RouteId(id(n)),
        name: name.to_owned(),
        of: Default::default(),
        steps: vec![step(0, "viewer"), step(10, "owner")],
        quiet: Some(Quiet {
            from: "22:00".parse().expect("a time"),
            to: "07:00".parse().expect("a time"),
            critical_passes: false,
        }),
        tell_resolved: false,
    };
    Stored { route, org: origin.org, enabled: true, version: 1, created_at: at(NOW) }
}

fn occurrence(origin: &Origin) -> Occurrence {
    Occurrence {
        key: "fridge".to_owned(),
        rule: None,
        store: origin.store,
        subject: "fridge-1".to_owned(),
        severity: Severity::Warning,
        title: "Too warm".to_owned(),
        cause: "8 °C".to_owned(),
        tags: [].into(),
        seen_at: at(NOW),
    }
}

both_engines! {
    async fn a_route_is_changed_by_who_read_it_last_and_seen_by_its_tenant(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        let first = route(&mine, 1, "B");
        routes::insert(&mut tx, &first).await.expect("stored");
        routes::insert(&mut tx, &route(&mine, 2, "A")).await.expect("stored");
        let names: Vec<_> = routes::list(&mut tx, mine.org).await.expect("a list").into_iter().map(|row| row.route.name).collect();
        assert_eq!(names, ["A", "B"]);
        assert_eq!(routes::get(&mut tx, mine.org, id(1)).await.expect("asked"), Some(first.clone()));
        assert_eq!(routes::get(&mut tx, theirs.org, id(1)).await.expect("asked"), None);
        assert!(routes::change(&mut tx, &Stored { enabled: false, ..first.clone() }).await.expect("asked"));
        assert!(!routes::change(&mut tx, &first).await.expect("asked"), "it is version 2 by now");
        assert!(!routes::delete(&mut tx, theirs.org, id(1)).await.expect("asked"));
        assert!(routes::delete(&mut tx, mine.org, id(1)).await.expect("asked"));
        tx.commit().await.expect("a commit");
    }

    async fn what_is_recorded_is_planned_once_by_the_shop_s_clock_and_ends_once(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let mut tx = db.begin_write().await.expect("a transaction");
        routes::insert(&mut tx, &route(&mine, 1, "Mine")).await.expect("stored");
        routes::insert(&mut tx, &Stored { enabled: false, ..route(&mine, 2, "Off") }).await.expect("stored");
        routes::insert(&mut tx, &route(&theirs, 3, "Theirs")).await.expect("stored");
        webhooks::insert(&mut tx, &endpoint(mine.org, 9, &["alert.opened"])).await.expect("stored");
        tx.commit().await.expect("a commit");
        let folded = fold(None, occurrence(&mine), IncidentId(Uuid::from_u128(7)), at(NOW), &Policy::default());
        let mut tx = db.begin_write_for(mine.org).await.expect("a transaction");
        assert!(incidents::record(&mut tx, mine.org, &folded.incident, &folded.events, &Policy::default()).await.expect("kept"));
        notices::plan(&mut tx, mine.org, &folded.incident, &folded.events).await.expect("planned again");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write().await.expect("a transaction");
        let planned = notices::of(&mut tx, mine.org, folded.incident.id, 9).await.expect("asked");
        // Half past ten at night in London's summer; quiet ends at seven, which is six in Greenwich.
        let times: Vec<_> = planned.iter().map(|kept| kept.notice.at).collect();
        assert_eq!(times, [at("2026-07-04T06:00:00Z"), at("2026-07-04T06:10:00Z")]);
        assert!(notices::of(&mut tx, theirs.org, folded.incident.id, 9).await.expect("asked").is_empty());
        assert!(notices::due(&mut tx, at("2026-07-04T05:59:59Z"), 9).await.expect("asked").is_empty());
        let morning = at("2026-07-04T06:05:00Z");
        let due = notices::due(&mut tx, morning, 9).await.expect("asked");
        assert_eq!(due, planned[..1]);
        assert!(notices::end(&mut tx, &due[0], Ended::Told, None, morning).await.expect("asked"));
        assert!(!notices::end(&mut tx, &due[0], Ended::Told, None, morning).await.expect("asked"), "once");
        assert!(notices::end(&mut tx, &planned[1], Ended::Withdrawn, Some(Why::Acknowledged), morning).await.expect("asked"));
        let ended = notices::of(&mut tx, mine.org, folded.incident.id, 9).await.expect("asked");
        let ends: Vec<_> = ended.iter().map(|kept| (kept.state.as_str(), kept.why.as_deref(), kept.ended_at)).collect();
        assert_eq!(ends, [("told", None, Some(morning)), ("withdrawn", Some("acknowledged"), Some(morning))]);
        let call = deliveries::page(&mut tx, (mine.org, id(9)), None, None, 9).await.expect("a page");
        assert_eq!(call.len(), 1, "the webhook is told once, too");
        let body: serde_json::Value = serde_json::from_str(&call[0].body).expect("JSON");
        assert_eq!((&body["type"], &body["data"]["title"], &body["store_id"]), (&json!("alert.opened"), &json!("Too warm"), &json!(mine.store)));
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_write().await.expect("a transaction");
        let gone = retention::drop_past(&mut tx, mine.org, Past::Notifications, morning + SignedDuration::from_secs(1), 9).await;
        assert_eq!(gone.expect("dropped"), 2);
    }
}
