//! What the hub knows of each device's state: when it was heard, what it last said, what it repeated.

use jiff::Timestamp;
use serde_json::Value;
use vyavs_domain::ids::{DeviceId, OrgId, StoreId};

use crate::Result;
use crate::columns::{Id, Json, instant};
use crate::origin::{Origin, int};
use crate::tx::{Tx, execute, fetch_all};

/// A device as it last spoke.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceState {
    /// Which device.
    pub device: DeviceId,
    /// In which shop.
    pub store: StoreId,
    /// Its buffer's epoch at the last hello; 0 before the first.
    pub epoch: u64,
    /// Whether it holds a session now.
    pub connected: bool,
    /// When anything last came from it.
    pub last_heard_at: Timestamp,
    /// Its last hello, as the caller wrote it out.
    pub hello: Option<Value>,
    /// Its last picture of now, as the caller wrote it out.
    pub now: Option<Value>,
}

/// Notes a hello: it connected, with this epoch. `origin.received_at` is when.
pub async fn heard_hello(tx: &mut Tx<'_>, origin: &Origin, hello: &Value) -> Result<()> {
    const SQL: &str =
        "insert into device_state as d (device_id, org_id, store_id, epoch, connected, last_heard_at, hello)
        values ($1, $2, $3, $4, true, $5, $6)
        on conflict (device_id) do update set epoch = excluded.epoch, connected = true,
            last_heard_at = excluded.last_heard_at, hello = excluded.hello";
    let epoch = int(origin.epoch);
    execute!(tx, SQL, origin.device, origin.org, origin.store, epoch, origin.received_at, Json::of(hello))?;
    Ok(())
}

/// Notes a picture of now.
pub async fn heard_now(tx: &mut Tx<'_>, origin: &Origin, now: &Value) -> Result<()> {
    const SQL: &str =
        "insert into device_state as d (device_id, org_id, store_id, epoch, connected, last_heard_at, now)
        values ($1, $2, $3, $4, true, $5, $6)
        on conflict (device_id) do update set connected = true, last_heard_at = excluded.last_heard_at,
            now = excluded.now";
    let epoch = int(origin.epoch);
    execute!(tx, SQL, origin.device, origin.org, origin.store, epoch, origin.received_at, Json::of(now))?;
    Ok(())
}

/// Notes that something came, without what.
pub async fn heard(tx: &mut Tx<'_>, origin: &Origin) -> Result<()> {
    const SQL: &str = "insert into device_state as d (device_id, org_id, store_id, epoch, connected, last_heard_at)
        values ($1, $2, $3, $4, true, $5)
        on conflict (device_id) do update set connected = true, last_heard_at = excluded.last_heard_at";
    execute!(tx, SQL, origin.device, origin.org, origin.store, int(origin.epoch), origin.received_at)?;
    Ok(())
}

/// Notes that a device's session ended.
pub async fn disconnected(tx: &mut Tx<'_>, device: DeviceId) -> Result<()> {
    execute!(tx, "update device_state set connected = false where device_id = $1", device)?;
    Ok(())
}

/// Notes that no device holds a session: the hub just started.
pub async fn all_disconnected(tx: &mut Tx<'_>) -> Result<()> {
    execute!(tx, "update device_state set connected = false where connected")?;
    Ok(())
}

type Row = (Id, Id, i64, bool, i64, Option<Json>, Option<Json>);

fn state((device, store, epoch, connected, heard, hello, now): Row) -> DeviceState {
    DeviceState {
        device: DeviceId(device.0),
        store: StoreId(store.0),
        epoch: epoch as u64,
        connected,
        last_heard_at: instant(heard),
        hello: hello.map(|json| json.value()),
        now: now.map(|json| json.value()),
    }
}

/// Every device of the organization that was ever heard.
pub async fn states(tx: &mut Tx<'_>, org: OrgId) -> Result<Vec<DeviceState>> {
    const SQL: &str = "select device_id, store_id, epoch, connected, last_heard_at, hello, now from device_state
        where org_id = $1 order by device_id";
    Ok(fetch_all!(tx, Row, SQL, org)?.into_iter().map(state).collect())
}

/// The devices of one shop, revoked ones excepted, with all the sync page shows of them.
pub async fn view(tx: &mut Tx<'_>, org: OrgId, store: StoreId) -> Result<Vec<DeviceView>> {
    const DEVICES: &str = "select d.id, d.name, d.identity, s.epoch, s.connected, s.last_heard_at, s.hello, s.now,
            (select count(*) from dead_letters l where l.device_id = d.id)
        from devices d left join device_state s on s.device_id = d.id
        where d.org_id = $1 and d.store_id = $2 and d.revoked_at is null order by d.name, d.id";
    type Seen = (Id, String, String, Option<i64>, Option<bool>, Option<i64>, Option<Json>, Option<Json>, i64);
    // The highest epoch of each stream.
    const CURSORS: &str = "select c.device_id, c.stream, c.epoch, c.stored_through, c.updated_at
        from cursors c join devices d on d.id = c.device_id
        where d.org_id = $1 and d.store_id = $2 and not exists (select 1 from cursors n
            where n.device_id = c.device_id and n.stream = c.stream and n.epoch > c.epoch)
        order by c.device_id, c.stream";
    const REPEATED: &str = "select p.device_id, p.kind, p.count from duplicates p join devices d on d.id = p.device_id
        where d.org_id = $1 and d.store_id = $2 order by p.device_id, p.kind";
    let mut views: Vec<DeviceView> = fetch_all!(tx, Seen, DEVICES, org, store)?
        .into_iter()
        .map(|(id, name, identity, epoch, connected, heard, hello, now, dead)| DeviceView {
            device: DeviceId(id.0),
            name,
            identity,
            state: heard.map(|heard| DeviceState {
                device: DeviceId(id.0),
                store,
                epoch: epoch.unwrap_or(0) as u64,
                connected: connected.unwrap_or(false),
                last_heard_at: instant(heard),
                hello: hello.map(|json| json.value()),
                now: now.map(|json| json.value()),
            }),
            streams: Vec::new(),
            dead_letters: dead as u64,
            duplicates: Vec::new(),
        })
        .collect();
    let mut of = |id: Id, add: &mut dyn FnMut(&mut DeviceView)| {
        views.iter_mut().filter(|view| view.device.0 == id.0).for_each(add);
    };
    for (id, stream, epoch, through, at) in fetch_all!(tx, (Id, i64, i64, i64, i64), CURSORS, org, store)? {
        let entry = StreamView {
            stream: stream as u8,
            epoch: epoch as u64,
            stored_through: through as u64,
            moved_at: instant(at),
        };
        of(id, &mut |view| view.streams.push(entry));
    }
    for (id, kind, count) in fetch_all!(tx, (Id, String, i64), REPEATED, org, store)? {
        of(id, &mut |view| view.duplicates.push((kind.clone(), count as u64)));
    }
    Ok(views)
}

/// A device on the sync page.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceView {
    /// Which device.
    pub device: DeviceId,
    /// For people.
    pub name: String,
    /// `urn:vyavs:…`.
    pub identity: String,
    /// As it last spoke; `None` when it never did.
    pub state: Option<DeviceState>,
    /// What is stored of each stream.
    pub streams: Vec<StreamView>,
    /// Records taken but not understood.
    pub dead_letters: u64,
    /// Rows that were here before, by kind.
    pub duplicates: Vec<(String, u64)>,
}

/// A stream on the sync page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamView {
    /// Its number.
    pub stream: u8,
    /// Of which buffer.
    pub epoch: u64,
    /// See [`crate::cursors::Cursor::through`].
    pub stored_through: u64,
    /// When it last moved.
    pub moved_at: Timestamp,
}

/// Counts rows that were here before: they show that a till replays, or that something is wrong.
pub(crate) async fn count_duplicates(tx: &mut Tx<'_>, origin: &Origin, kind: &str, count: u64) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    const SQL: &str = "insert into duplicates as d (device_id, kind, org_id, count) values ($1, $2, $3, $4)
        on conflict (device_id, kind) do update set count = d.count + excluded.count";
    execute!(tx, SQL, origin.device, kind, origin.org, int(count))?;
    Ok(())
}
