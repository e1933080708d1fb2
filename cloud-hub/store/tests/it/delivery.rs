//! Cursors, losses, dead letters and device states: what the delivery protocol leans on.

use serde_json::json;
use uuid::Uuid;
use vyavs_store::cursors::{self, Cursor};
use vyavs_store::losses::{self, DeadLetter, Loss};
use vyavs_store::{Origin, StoreError, both_engines, meta, sync};

use crate::given::{at, id, shop};

both_engines! {
    async fn a_cursor_moves_forward_and_never_back(db: Db) {
        let origin = shop(&db, 1).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(cursors::lock(&mut tx, origin.device, 0).await.expect("a lock"), None);
        let one = Cursor { epoch: 1, through: 10, chain: [1; 16] };
        cursors::advance(&mut tx, &origin, 0, &one).await.expect("forward");
        assert_eq!(cursors::lock(&mut tx, origin.device, 0).await.expect("a lock"), Some(one));
        let two = Cursor { epoch: 2, through: 0, chain: [0; 16] };
        cursors::advance(&mut tx, &origin, 0, &two).await.expect("a new epoch starts below");
        let telemetry = Cursor { epoch: 1, through: u64::from(u32::MAX) * 8, chain: [9; 16] };
        cursors::advance(&mut tx, &origin, 1, &telemetry).await.expect("another stream");
        tx.commit().await.expect("a commit");

        for back in [one, Cursor { epoch: 1, through: 99, chain: [0; 16] }, Cursor { epoch: u64::MAX, through: 1, chain: [0; 16] }] {
            let mut tx = db.begin_write().await.expect("a transaction");
            let error = cursors::advance(&mut tx, &origin, 0, &back).await.expect_err("backwards");
            assert!(matches!(error, StoreError::CursorBackwards { stream: 0, .. }), "{error}");
        }
        let mut tx = db.begin_write().await.expect("a transaction");
        let error = cursors::advance(&mut tx, &origin, 1, &Cursor { through: 5, ..telemetry }).await.expect_err("backwards");
        assert!(matches!(error, StoreError::CursorBackwards { .. }), "{error}");
        assert_eq!(cursors::of_device(&mut tx, origin.device).await.expect("cursors"), [(0, two), (1, telemetry)]);
        assert_eq!(cursors::moved_at(&mut tx, origin.org).await.expect("times"), [(origin.device, origin.received_at)]);
    }

    async fn a_cursor_that_was_not_committed_did_not_move(db: Db) {
        let origin = shop(&db, 1).await;
        let mut tx = db.begin_write().await.expect("a transaction");
        cursors::advance(&mut tx, &origin, 0, &Cursor { epoch: 1, through: 10, chain: [1; 16] }).await.expect("forward");
        drop(tx);
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(cursors::lock(&mut tx, origin.device, 0).await.expect("a lock"), None);
    }

    async fn two_writers_of_one_stream_take_turns(db: Db) {
        let origin = shop(&db, 1).await;
        let step = async |db: vyavs_store::Db| {
            let mut tx = db.begin_write().await.expect("a transaction");
            let cursor = cursors::lock(&mut tx, origin.device, 0).await.expect("a lock");
            let through = cursor.map_or(0, |cursor| cursor.through);
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            let next = Cursor { epoch: 1, through: through + 1, chain: [0; 16] };
            cursors::advance(&mut tx, &origin, 0, &next).await.expect("forward");
            tx.commit().await.expect("a commit");
        };
        // Each adds one to what it read: a lost update would show.
        let steps = || async { for _ in 0..5 { step(db.clone()).await } };
        tokio::join!(steps(), steps(), steps(), steps());
        let mut tx = db.begin_write().await.expect("a transaction");
        assert_eq!(cursors::lock(&mut tx, origin.device, 0).await.expect("a lock").map(|cursor| cursor.through), Some(20));
    }

    async fn a_loss_is_named_once(db: Db) {
        let origin = shop(&db, 1).await;
        let loss = Loss {
            epoch: 1, stream: 1, first: 5, last: 9, reason: "thinned".to_owned(), detail: "over the cap".to_owned(),
            at: at("2026-02-03T10:00:00Z"), signature: vec![1; 64], verified: true,
        };
        let mut tx = db.begin_write().await.expect("a transaction");
        assert!(losses::insert(&mut tx, &origin, &loss).await.expect("a loss"));
        assert!(!losses::insert(&mut tx, &origin, &loss).await.expect("again"));
        assert!(losses::insert(&mut tx, &origin, &Loss { first: 10, last: 10, verified: false, ..loss.clone() }).await.expect("another"));
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let listed = losses::list(&mut tx, origin.org, origin.store, 10).await.expect("losses");
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[0], (origin.device, loss));
    }

    async fn a_dead_letter_keeps_its_bytes(db: Db) {
        let origin = shop(&db, 1).await;
        let whole = DeadLetter { epoch: Some(1), stream: Some(0), range: Some((4, 9)), reason: "not a frame".to_owned(), raw: vec![0, 255, 7] };
        let bare = DeadLetter { epoch: None, stream: None, range: None, reason: "not a message".to_owned(), raw: vec![] };
        let mut tx = db.begin_write().await.expect("a transaction");
        assert!(losses::bury(&mut tx, &origin, &whole).await.expect("kept"));
        assert!(!losses::bury(&mut tx, &origin, &whole).await.expect("kept once"));
        assert!(losses::bury(&mut tx, &Origin { received_at: at("2026-03-01T00:00:00Z"), ..origin }, &bare).await.expect("kept"));
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        assert_eq!(losses::dead_count(&mut tx, origin.org, origin.store).await.expect("a count"), 2);
        let dead = losses::dead(&mut tx, origin.org, origin.store, 10).await.expect("letters");
        assert_eq!(dead.iter().map(|row| &row.2).collect::<Vec<_>>(), [&bare, &whole]);
    }

    async fn the_sync_view_shows_what_each_device_last_said(db: Db) {
        let origin = shop(&db, 1).await;
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let view = sync::view(&mut tx, origin.org, origin.store).await.expect("a view");
        assert_eq!((view.len(), &view[0].state), (1, &None), "enrolled, never heard");
        drop(tx);

        let mut tx = db.begin_write().await.expect("a transaction");
        sync::heard_hello(&mut tx, &Origin { epoch: 3, ..origin }, &json!({"agent": "0.1.0"})).await.expect("a hello");
        let later = Origin { received_at: at("2026-02-03T12:00:05Z"), epoch: 3, ..origin };
        sync::heard_now(&mut tx, &later, &json!({"open_alarms": 2})).await.expect("a now");
        cursors::advance(&mut tx, &origin, 0, &Cursor { epoch: 3, through: 8, chain: [0; 16] }).await.expect("forward");
        tx.commit().await.expect("a commit");
        let mut tx = db.begin_read(origin.org).await.expect("a transaction");
        let view = sync::view(&mut tx, origin.org, origin.store).await.expect("a view");
        let state = view[0].state.clone().expect("heard");
        assert_eq!((state.epoch, state.connected, state.last_heard_at), (3, true, later.received_at));
        assert_eq!((state.hello, state.now), (Some(json!({"agent": "0.1.0"})), Some(json!({"open_alarms": 2}))));
        assert_eq!((view[0].streams[0].epoch, view[0].streams[0].stored_through), (3, 8));
        assert_eq!(view[0].dead_letters, 0);
        drop(tx);

        let mut tx = db.begin_write().await.expect("a transaction");
        sync::disconnected(&mut tx, origin.device).await.expect("noted");
        assert!(!sync::states(&mut tx, origin.org).await.expect("states")[0].connected);
        sync::heard(&mut tx, &later).await.expect("noted");
        assert!(sync::states(&mut tx, origin.org).await.expect("states")[0].connected);
        sync::all_disconnected(&mut tx).await.expect("noted");
        assert!(!sync::states(&mut tx, origin.org).await.expect("states")[0].connected);
    }

    async fn an_incarnation_stays_until_a_restore(db: Db) {
        let mut tx = db.begin_write().await.expect("a transaction");
        let first: Uuid = meta::incarnation(&mut tx, id(1)).await.expect("an incarnation");
        assert_eq!(first, id(1));
        assert_eq!(meta::incarnation(&mut tx, id(2)).await.expect("an incarnation"), id(1));
        meta::reincarnate(&mut tx, id(3)).await.expect("a new one");
        assert_eq!(meta::incarnation(&mut tx, id(4)).await.expect("an incarnation"), id(3));
        assert_eq!(meta::get(&mut tx, "nothing").await.expect("a query"), None);
    }
}
