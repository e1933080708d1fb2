//! Answering what people ask for: a file of all that is kept of them, or their erasure; and new versions of keys.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use vyavs_domain::ids::UserId;
use vyavs_store::audit_log::{self, Entry};
use vyavs_store::data_keys::Shelf;
use vyavs_store::privacy::requests::{self, Request};
use vyavs_store::privacy::subject::{self, Belongings};
use vyavs_store::privacy::{register::Fate, retention as kept};
use vyavs_store::{StoreError, Tx, customers};
use vyavs_vault::ledger::Reason;
use vyavs_vault::retention::{Class, Country, law};
use vyavs_vault::{KmsError, Vault, VaultError};

use super::{PRIVACY_ERASE, PRIVACY_FILE, PRIVACY_ROTATE};
use crate::access::Permission;
use crate::api::customers::known;
use crate::jobs::print::Printed;
use crate::jobs::{Failure, Made, Output, Progress, Run, Start, Work};
use crate::privacy as hub;

/// Rows read, and keys wrapped, at a time.
const PAGE: u32 = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    request_id: Uuid,
}

macro_rules! work {
    ($name:ident, $kind:expr, $about:literal, $check:ty, $run:path) => {
        #[doc = $about]
        pub(super) struct $name(pub(super) Arc<Vault>);

        impl Work for $name {
            fn kind(&self) -> &'static str {
                $kind
            }

            fn about(&self) -> &'static str {
                $about
            }

            fn needs(&self) -> Permission {
                Permission::PrivacyManage
            }

            fn start(&self) -> Start {
                Start::ByRoute
            }

            fn check(&self, input: &Value) -> Result<(), String> {
                serde_json::from_value::<$check>(input.clone()).map(|_| ()).map_err(|error| error.to_string())
            }

            fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<Output, Failure>> {
                Box::pin($run(run, &self.0))
            }
        }
    };
}

work!(PrivacyFile, PRIVACY_FILE, "Writes all that is kept of somebody to a file.", Order, file);
work!(PrivacyErase, PRIVACY_ERASE, "Erases somebody: key, rows and files.", Order, erase);
work!(RotateKeys, PRIVACY_ROTATE, "Wraps every data key under a new version of the key.", Map<String, Value>, rotate);

fn failed(error: impl Into<anyhow::Error>) -> Failure {
    Failure::Again(error.into())
}

async fn asked(run: &Run) -> Result<Request, Failure> {
    let order: Order = run.input()?;
    let found = requests::get(&mut run.read().await?, run.job.org, order.request_id).await?;
    found.ok_or_else(|| Failure::Never("the request of this job is gone".to_owned()))
}

fn person(request: &Request) -> UserId {
    UserId(Uuid::try_parse(&request.subject).unwrap_or_default())
}

/// What an erasure would take, and what must stay and why.
pub(crate) async fn preview(tx: &mut Tx<'_>, request: &Request) -> Result<Value, StoreError> {
    let org = request.org;
    let mut rows = Vec::new();
    let mut say = |what: &str, count: u64, goes: bool, why: &str| {
        if count > 0 {
            rows.push(json!({"what": what, "count": count, "goes": goes, "why": why}));
        }
    };
    if request.about == "person" {
        for belongings in subject::of_person() {
            let count = belongings.count(tx, org, person(request)).await?;
            let (goes, why) = match belongings.fate() {
                None | Some(Fate::Delete) => (true, "nothing asks for it to be kept"),
                Some(Fate::Rewrite(_)) => (true, "name and e-mail are taken out; the id stays for what refers to it"),
                Some(Fate::Keep(why)) => (false, why),
            };
            say(belongings.table.name, count, goes, why);
        }
    } else {
        let mut receipts = 0;
        for pseudonym in &request.pseudonyms {
            receipts += customers::count_receipts(tx, org, pseudonym).await?;
        }
        let record = customers::get(tx, org, &request.subject).await?;
        say("record of the loyalty programme", u64::from(record.is_some()), true, "its key is destroyed");
        say("customer on receipts and their lines", receipts, true, "the pseudonym is taken off");
        let country = kept::settings(tx, org).await?.map_or(Country::Other, |set| Country::of(&set.country));
        let floor = law::rule(country, Class::Receipts).floor;
        let why = floor.map_or("the books", |bound| bound.source);
        say("receipts without their customer", receipts, false, &format!("Art. 17(3)(b) GDPR; {why}"));
    }
    say("files that anybody exported so far", 1, true, "nobody can tell who is in them");
    Ok(json!({ "rows": rows }))
}

async fn pages(
    tx: &mut Tx<'_>,
    request: &Request,
    rows: &Belongings,
    pseudonym: Option<&str>,
    all: &mut Vec<Value>,
) -> Result<(), StoreError> {
    for offset in (0_u32..).step_by(PAGE as usize) {
        let page = (offset, PAGE);
        let found = match pseudonym {
            Some(pseudonym) => rows.of_customer(tx, request.org, pseudonym, page).await?,
            None => rows.of_person(tx, request.org, person(request), page).await?,
        };
        let last = found.len() < PAGE as usize;
        all.extend(found);
        if last {
            break;
        }
    }
    Ok(())
}

async fn file(run: &Run, vault: &Vault) -> Result<Output, Failure> {
    let request = asked(run).await?;
    let (mut tables, mut count) = (Map::new(), 0);
    // One picture of everything.
    let mut tx = run.read_as_hub().await?;
    let mut purposes = Map::new();
    if request.about == "person" {
        for rows in subject::of_person() {
            let mut all = Vec::new();
            pages(&mut tx, &request, &rows, None, &mut all).await?;
            count += all.len();
            purposes.insert(rows.table.name.to_owned(), rows.table.purpose.into());
            tables.insert(format!("{} by {}", rows.table.name, rows.column), all.into());
        }
    } else {
        for rows in subject::of_customer() {
            let mut all = Vec::new();
            for pseudonym in &request.pseudonyms {
                pages(&mut tx, &request, &rows, Some(pseudonym), &mut all).await?;
            }
            count += all.len();
            purposes.insert(rows.table.name.to_owned(), rows.table.purpose.into());
            tables.insert(rows.table.name.to_owned(), all.into());
        }
    }
    let now = run.clock.now();
    let record = match request.about.as_str() {
        "customer" => known(vault, &mut tx, request.org, &request.subject, now).await?.map(|(record, _)| record),
        _ => None,
    };
    drop(tx);
    let document = json!({
        "request_id": request.id, "kind": request.kind, "about": request.about, "made_at": now,
        "record": record, "purposes": purposes, "tables": tables,
        "note": "Times that are whole numbers are microseconds since 1970 UTC. Hashes of passwords and sealed secrets are left out: they let somebody in and say nothing.",
    });
    let printed = Printed::document(run, document, count as u64).await?;
    let result = json!({"rows": count, "tables": tables_of(&request)});
    let progress = Progress { done: count as u64, total: Some(count as u64), unit: "rows".to_owned() };
    let mut step = run.step_as_hub().await?;
    requests::done(&mut step.tx, request.org, request.id, &result, now).await?;
    step.commit(&json!({}), &progress).await?;
    Ok(Output { result, made: Some(Made { name: format!("{}-{}.json", request.kind, request.id), printed }) })
}

fn tables_of(request: &Request) -> Vec<&'static str> {
    let person = subject::of_person().filter(|_| request.about == "person");
    let customer = subject::of_customer().filter(|_| request.about == "customer");
    let mut names: Vec<_> = person.chain(customer).map(|rows| rows.table.name).collect();
    names.dedup();
    names
}

async fn erase(run: &Run, vault: &Vault) -> Result<Output, Failure> {
    let request = asked(run).await?;
    if request.state == "done" {
        return Ok(Output { result: request.result.unwrap_or_default(), made: None });
    }
    let (org, now) = (request.org, run.clock.now());
    let reason: Reason = request.reason.parse().map_err(|_| Failure::Never("the request has no reason".to_owned()))?;
    let mut step = run.step_as_hub().await?;
    let wiped = match request.about.as_str() {
        "person" => hub::erase_person(&mut step.tx, vault, org, person(&request), (reason, now)).await,
        _ => hub::erase_customer(&mut step.tx, vault, org, &request.pseudonyms, (reason, now)).await,
    }
    .map_err(failed)?;
    let result = json!({
        "erased_at": now, "reason": request.reason, "rows": wiped.rows, "keys_destroyed": wiped.keys,
        "ledger_entries": wiped.entries, "files_removed": wiped.files.len(),
    });
    requests::done(&mut step.tx, org, request.id, &result, now).await?;
    // The tombstone: the chain goes on, and says that somebody was erased, by which entry of the ledger, and not who.
    let entry = Entry {
        at: now,
        actor: run.job.actor,
        action: "privacy.erased".to_owned(),
        object: Some(request.id.to_string()),
        status: 0,
        request_id: run.job.id.to_string(),
        before: None,
        after: Some(result.clone()),
    };
    audit_log::append(&mut step.tx, org, &entry).await?;
    let progress = Progress { done: wiped.rows, total: Some(wiped.rows), unit: "rows".to_owned() };
    step.commit(&json!({}), &progress).await?;
    for file in &wiped.files {
        // One that stays behind is marked, and goes with the next sweep.
        if let Err(error) = run.folder.remove(file) {
            tracing::warn!("a file was not removed yet: {error}");
        }
    }
    // What was overwritten must not stay readable in the log beside the file; a reader may be in the way for a moment.
    if let Err(error) = run.db.checkpoint().await {
        tracing::warn!("the write-ahead log was not emptied after an erasure: {error}");
    }
    Ok(Output { result, made: None })
}

async fn rotate(run: &Run, vault: &Vault) -> Result<Output, Failure> {
    let org = run.job.org;
    let mut moved: u64 = run.place().unwrap_or_default();
    if run.job.checkpoint.is_none() {
        // An organization that never sealed anything has nothing to rotate.
        let made = vault.rotate(org, run.clock.now()).await;
        if let Err(VaultError::Kms(KmsError::UnknownOrg(_))) = made {
            return Ok(Output { result: json!({"keys": 0}), made: None });
        }
        made.map_err(failed)?;
    }
    loop {
        let mut step = run.step().await?;
        let done = vault.rewrap_batch(&mut Shelf(&mut step.tx), org, PAGE).await.map_err(failed)?;
        moved += done.moved;
        step.commit(&moved, &Progress { done: moved, total: None, unit: "keys".to_owned() }).await?;
        if done.finished {
            return Ok(Output { result: json!({"keys": moved}), made: None });
        }
    }
}
