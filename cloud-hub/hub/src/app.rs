//! The hub, wired: broker, ingest and API over one database.
//!
//! ```text
//! devices ─ TLS ─► guard ─► router ─► ingest ─► store ◄── api ◄── browsers
//!    ▲                                  │  └► live ────────► (SSE)
//!    └────────── signed answers ◄───────┘
//! ```

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tracing::{error, info, warn};
use uuid::Uuid;
use vyavs_cache::Cache;
use vyavs_service::breaker::Breaker;
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_store::{Db, meta, mirror, sync};

use crate::alerts::Alerts;
use crate::api::stream::SyncEvent;
use crate::api::{self, HttpTls, Hub, Parts};
use crate::broker::{self, EXIT_ROUTER_DEAD, Guard, ServerTls, SessionEvent};
use crate::config::HubConfig;
use crate::identity::people::FirstAdmin;
use crate::identity::{Keys, Passwords, RenewingCertificate, people, secrets};
use crate::ingest::{self, Ingest, tell};
use crate::jobs::Jobs;
use crate::live::{Live, Topic};
use crate::messages::{self, Messages};
use crate::register::{self, Register};
use crate::series;
use crate::ui::Ui;

/// What `--ready` is told once the hub serves.
#[derive(Debug, Serialize)]
struct Ready {
    http: String,
    mqtt: Option<String>,
    pid: u32,
}

/// Opens the database and brings its schema up to date.
pub async fn open_database(config: &HubConfig) -> anyhow::Result<Db> {
    let address = config.database.address()?;
    if let Some(parent) = address.strip_prefix("sqlite://").map(PathBuf::from).as_deref().and_then(|p| p.parent()) {
        std::fs::create_dir_all(parent).with_context(|| format!("failed to make {}", parent.display()))?;
    }
    let db = Db::open(&address).await.context("failed to open the database ([database] url)")?;
    db.migrate().await?;
    Ok(db)
}

/// Makes keys, organization and administrator where there are none; `Some` on the first start only.
pub async fn first_start(config: &HubConfig, db: &Db, clock: &Clock) -> anyhow::Result<Option<FirstAdmin>> {
    let passwords = Passwords::new()?;
    let org = &config.organization;
    Ok(people::first_start(db, &passwords, &org.name, &org.admin_email, clock.now()).await?)
}

/// Runs the hub until it is told to stop; the code is what the process exits with.
pub async fn run(config: HubConfig, clock: Clock, ready: Option<PathBuf>) -> anyhow::Result<i32> {
    let life = Lifecycle::new();
    life.stop_on_signal().context("failed to listen for signals")?;
    let db = open_database(&config).await?;
    let keys = Keys::open(&config.keys)?;
    let vault = secrets::open(&config.keys, &db, &clock).await?;
    if let Some(admin) = first_start(&config, &db, &clock).await? {
        announce(&admin);
    }
    let incarnation = {
        let mut tx = db.begin_write().await?;
        let incarnation = meta::incarnation(&mut tx, Uuid::new_v4()).await?;
        sync::all_disconnected(&mut tx).await?;
        tx.commit().await?;
        incarnation
    };
    let live = Live::new(Uuid::new_v4(), config.http.live_events);
    let cache = Cache::new(&config.cache)?;

    let (mqtt_host, _) = config.mqtt.public_address();
    let mut names = vec![mqtt_host, "localhost".to_owned(), "127.0.0.1".to_owned()];
    names.extend(config.http.names.iter().cloned());
    names.sort();
    names.dedup();
    let certificate = RenewingCertificate::for_devices(keys.clone(), names, clock.clone())?;
    let tls = ServerTls { ca: keys.authority().der().clone(), certificate };
    let gate = Arc::new(Register::new(db.clone()));
    let broker = broker::start(&config.mqtt, &tls, gate, clock.clone(), &life).await?;
    let alerts = Alerts::new(db.clone(), clock.clone(), live.clone());
    alerts.start(&life);
    let ingest = Ingest {
        config: config.ingest.clone(),
        db: db.clone(),
        keys: keys.clone(),
        live: live.clone(),
        alerts: alerts.clone(),
        cache: cache.clone(),
        clock: clock.clone(),
        vault: vault.clone(),
        incarnation,
    };
    ingest::start(ingest, broker.link, &life);
    life.spawn(register::shut_out(broker.guard.clone(), db.clone(), life.stop_token()));
    life.spawn(watch_sessions(
        broker.guard.clone(),
        db.clone(),
        (live.clone(), cache.clone()),
        clock.clone(),
        life.stop_token(),
    ));

    let listener = TcpListener::bind(config.http.listen)
        .await
        .with_context(|| format!("failed to listen on {} ([http] listen)", config.http.listen))?;
    let listen = listener.local_addr()?;
    let (host, port) = config.mqtt.public_address();
    // With port 0 in the configuration, devices are told the one that was found.
    let port = match (config.mqtt.public_port, broker.listen) {
        (None, Some(found)) => found.port(),
        _ => port,
    };
    let address = config.http.address(listen, (host, port))?;
    let https = match config.http.tls {
        HttpTls::Off => None,
        HttpTls::Auto => Some(api::tls_config(keys.clone(), config.http.certificate_names(&address), clock.clone())?),
    };
    let base_url = address.base_url.clone();
    let jobs = Jobs::of_hub(config.jobs.clone(), db.clone(), clock.clone(), &vault);
    jobs.tell(live.clone());
    jobs.start(&life);
    let messages = Messages::new(messages::Parts {
        db: db.clone(),
        vault: vault.clone(),
        clock: clock.clone(),
        mail: config.mail.clone(),
        webhooks: config.webhooks.clone(),
        live: live.clone(),
        base_url: base_url.clone(),
        files: config.jobs.dir.clone(),
    })?;
    messages.start(&life);
    life.spawn(series::keep(db.clone(), clock.clone(), life.stop_token()));
    let outside = copy_readings(&config, &db, &life).await?;
    let parts = Parts {
        store: db.clone(),
        cache,
        vault,
        jobs,
        messages,
        keys,
        live,
        clock,
        sessions: Arc::new(broker.guard),
        address,
        stop: life.stop_token(),
        limits: config.http.limits,
        sign_in: config.sign_in.clone(),
        outside,
    };
    let router = api::router(Hub::new(parts)?, Ui::choose(config.http.ui_dir.clone()));
    let stop = life.stop_token();
    life.spawn(async move {
        if let Err(cause) = api::serve(listener, router, https, stop).await {
            error!("the API ended: {cause}");
        }
    });
    info!("the hub serves at {base_url}");
    if let Some(path) = ready {
        let ready = Ready { http: base_url, mqtt: broker.listen.map(|at| at.to_string()), pid: std::process::id() };
        std::fs::write(&path, serde_json::to_vec(&ready)?)
            .with_context(|| format!("failed to write {}", path.display()))?;
    }

    let mut code = 0;
    let stop = life.stop_token();
    if let Some(watchdog) = broker.watchdog {
        tokio::select! {
            () = stop.cancelled() => {}
            ended = watchdog.run() => if let Err(dead) = ended {
                error!("{dead}");
                code = EXIT_ROUTER_DEAD;
            }
        }
    } else {
        stop.cancelled().await;
    }
    if !life.shutdown(Duration::from_secs(10)).await {
        warn!("some tasks did not end in time");
    }
    db.close().await;
    Ok(code)
}

/// Copies readings to InfluxDB where that is configured; else what is stored from now on is not noted for it.
#[cfg_attr(not(feature = "influx"), expect(unused_variables, reason = "only the feature has a section for it"))]
async fn copy_readings(config: &HubConfig, db: &Db, life: &Lifecycle) -> anyhow::Result<Vec<Breaker>> {
    #[cfg(feature = "influx")]
    if let Some(influx) = &config.influx {
        let mirror = vyavs_mirror::Mirror::new(influx)?;
        let breaker = mirror.breaker().clone();
        life.spawn(mirror.run(db.clone(), life.stop_token()));
        return Ok(vec![breaker]);
    }
    let mut tx = db.begin_write().await?;
    mirror::switch(&mut tx, false).await?;
    tx.commit().await?;
    Ok(Vec::new())
}

/// Prints the first administrator's password: the only time it is shown, and not to the log.
fn announce(admin: &FirstAdmin) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(
        out,
        "First start. Sign in as {} with password {}  (shown once; change it)",
        admin.email, admin.password
    );
}

/// Notes who leaves: an offline store is seen at once, not when its silence is noticed.
async fn watch_sessions(
    guard: Guard,
    db: Db,
    (live, cache): (Live, Cache),
    clock: Clock,
    stop: tokio_util::sync::CancellationToken,
) {
    let mut events = guard.events();
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return,
            event = events.recv() => event,
        };
        let (identity, connected) = match event {
            Ok(SessionEvent::Connected(session)) => (session.identity, true),
            Ok(SessionEvent::Disconnected { identity, .. }) => (identity, false),
            Ok(SessionEvent::CloneSuspected { identity, address, other, .. }) => {
                warn!(device.id = %identity.device, "one identity from {other} and {address}: two boxes may share a key; both are out for a minute");
                continue;
            }
            Ok(SessionEvent::Refused { .. }) | Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        if !connected && guard.session(&identity).is_none() {
            let note = async {
                let mut tx = db.begin_write().await?;
                sync::disconnected(&mut tx, identity.device).await?;
                tx.commit().await
            };
            if let Err(cause) = note.await {
                warn!("failed to note that a device left: {cause}");
            }
        }
        cache.stale(identity.org).await;
        let (store_id, device_id) = (identity.store.0, identity.device.0);
        tell(&live, identity, Topic::Sync, &SyncEvent { store_id, device_id, connected, at: clock.now() });
    }
}
