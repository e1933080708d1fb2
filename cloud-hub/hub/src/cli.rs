//! What the program's commands do, beside serving.

use std::io::{BufReader, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::json;
use vyavs_domain::ids::{DeviceId, OrgId, StoreId};
use vyavs_hub::config::HubConfig;
use vyavs_hub::identity::{Keys, secrets};
use vyavs_hub::{app, import};
use vyavs_service::clock::Clock;
use vyavs_service::output;
use vyavs_store::{Db, devices, orgs};

/// `init`.
pub(crate) async fn init(config: &HubConfig, db: &Db, clock: &Clock, as_json: bool) -> anyhow::Result<()> {
    Keys::open(&config.keys)?;
    let Some(admin) = app::first_start(config, db, clock).await? else {
        bail!("this hub knows people already; nothing was changed");
    };
    let answer = json!({"email": admin.email, "password": admin.password, "organization_id": admin.org});
    say(
        as_json,
        &answer,
        &format!("Sign in as {} with password {}  (shown once; change it)", admin.email, admin.password),
    )
}

/// `device list`.
pub(crate) async fn list_devices(db: &Db, as_json: bool) -> anyhow::Result<()> {
    let org = organization(db).await?;
    let all = devices::list(&mut db.begin_read(org).await?, org).await?;
    let entry = |device: &devices::Device| {
        json!({"device_id": device.identity.device, "store_id": device.identity.store, "name": device.name,
            "enrolled_at": device.enrolled_at, "revoked_at": device.revoked_at})
    };
    let listed: Vec<_> = all.iter().map(entry).collect();
    let state = |device: &devices::Device| if device.revoked_at.is_some() { "  revoked" } else { "" };
    let lines: Vec<_> = all.iter().map(|d| format!("{}  {}{}", d.identity.device, d.name, state(d))).collect();
    say(as_json, &json!({"devices": listed}), &lines.join("\n"))
}

/// `device revoke`.
pub(crate) async fn revoke_device(db: &Db, clock: &Clock, device: DeviceId, as_json: bool) -> anyhow::Result<()> {
    let org = organization(db).await?;
    let mut tx = db.begin_write_for(org).await?;
    if !devices::revoke(&mut tx, org, device, clock.now()).await? {
        bail!("there is no device {device} in use; nothing was changed (see `vyavs-hub device list`)");
    }
    tx.commit().await?;
    let text = format!("device {device} is revoked: a running hub ends its session within seconds");
    say(as_json, &json!({"device_id": device, "revoked": true}), &text)
}

/// `import`.
pub(crate) async fn run_import(
    config: &HubConfig,
    (db, clock): (&Db, &Clock),
    store: StoreId,
    file: &Path,
    as_json: bool,
) -> anyhow::Result<()> {
    let org = organization(db).await?;
    let vault = secrets::open(&config.keys, db, clock).await?;
    let began = std::time::Instant::now();
    let mut told = began;
    let progress = |done: &import::Imported| {
        if told.elapsed().as_secs() >= 5 {
            told = std::time::Instant::now();
            let _ = writeln!(
                std::io::stderr(),
                "{} receipts, {} lines, {} readings",
                done.receipts,
                done.lines,
                done.readings
            );
        }
    };
    let done = if file == Path::new("-") {
        import::import((db, &vault), clock, (org, store), BufReader::new(std::io::stdin()), progress).await?
    } else {
        let open = std::fs::File::open(file).with_context(|| format!("failed to read {}", file.display()))?;
        import::import((db, &vault), clock, (org, store), BufReader::new(open), progress).await?
    };
    say(
        as_json,
        &serde_json::to_value(done)?,
        &format!(
            "{} receipts, {} lines, {} readings, {} were here before",
            done.receipts, done.lines, done.readings, done.duplicates
        ),
    )
}

/// The one organization of this hub.
pub(crate) async fn organization(db: &Db) -> anyhow::Result<OrgId> {
    let all = orgs::list(&mut db.begin_read_hub().await?).await?;
    match all.as_slice() {
        [only] => Ok(only.id),
        [] => bail!("this hub has no organization yet; run `vyavs-hub init` or `serve` once"),
        _ => bail!("this hub has {} organizations; use its API", all.len()),
    }
}

/// The one line of a file.
pub(crate) fn read_secret(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Prints an answer, for people or for programs.
pub(crate) fn say(as_json: bool, value: &serde_json::Value, text: &str) -> anyhow::Result<()> {
    match as_json {
        true => output::say(format_args!("{value}"))?,
        false => output::say(format_args!("{text}"))?,
    }
    Ok(())
}
