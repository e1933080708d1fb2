//! History that is imported while others write.

use std::time::Duration;

use serde_json::json;
use vyavs_domain::sale::ReceiptKind;
use vyavs_hub::import::import;
use vyavs_store::{Db, testing};

use crate::house::{House, receipt};

#[test]
fn an_import_waits_for_its_turn_however_long_another_process_writes() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let dir = tempfile::tempdir().expect("a directory");
        let house = House::open(testing::sqlite(dir.path()).await).await;
        let origin = house.tenant(1).await;
        let url = format!("sqlite://{}", dir.path().join("hub.sqlite").display());
        let other = Db::open(&url).await.expect("another process opens it");
        let line = json!({"receipt": receipt("1", "2026-02-03T10:00:00Z", ReceiptKind::Sale, 250)}).to_string();
        // Longer than SQLite itself waits, which is five seconds.
        let writing = house.hub.store.begin_write().await.expect("a transaction");
        let hold = async {
            tokio::time::sleep(Duration::from_secs(7)).await;
            writing.rollback().await.expect("ended");
        };
        let stored =
            import((&other, &house.hub.vault), &house.hub.clock, (origin.org, origin.store), line.as_bytes(), |_| {});
        let ((), done) = tokio::join!(hold, stored);
        let done = done.expect("imported");
        assert_eq!((done.receipts, done.duplicates), (1, 0));
        other.close().await;
        house.close().await;
    });
}
