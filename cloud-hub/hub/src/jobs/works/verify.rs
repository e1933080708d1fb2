//! Proves the kept daily figures equal to the lines they were made of, store by store; goes on where it was left.

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_store::daily;

use crate::access::Permission;
use crate::jobs::{Failure, Output, Progress, Run, Start, Work};

/// `figures.verify`.
pub(super) struct VerifyFigures;

/// How far it is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    /// Stores that were looked at.
    done: Vec<Uuid>,
    /// Days of a product in a store whose figure is not the sum of its lines.
    wrong: Vec<Value>,
}

/// Differences that are listed; more are counted by their store alone.
const LISTED: usize = 100;

impl Work for VerifyFigures {
    fn kind(&self) -> &'static str {
        "figures.verify"
    }

    fn about(&self) -> &'static str {
        "Proves the kept daily figures equal to the ticket lines they were made of."
    }

    fn needs(&self) -> Permission {
        Permission::JobsWrite
    }

    fn start(&self) -> Start {
        Start::Freely
    }

    fn check(&self, input: &Value) -> Result<(), String> {
        match input {
            Value::Object(fields) if fields.is_empty() => Ok(()),
            _ => Err("input: this kind takes an empty object".to_owned()),
        }
    }

    fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<Output, Failure>> {
        Box::pin(verify(run))
    }
}

async fn verify(run: &Run) -> Result<Output, Failure> {
    let mut place: Place = run.place().unwrap_or_default();
    let stores = run.stores(&[]).await?;
    let total = Some(stores.len() as u64);
    for store in &stores {
        if place.done.contains(&store.id.0) {
            continue;
        }
        let mut tx = run.read().await?;
        // One picture of both, or a sale between the two reads would look like a difference.
        let kept = daily::kept(&mut tx, run.job.org, store.id).await?;
        let fresh = daily::recompute(&mut tx, run.job.org, store.id).await?;
        drop(tx);
        let keys: std::collections::BTreeSet<_> = kept.keys().chain(fresh.keys()).collect();
        let differs = keys.into_iter().filter(|key| kept.get(*key) != fresh.get(*key));
        for (day, product, currency) in differs.take(LISTED.saturating_sub(place.wrong.len())) {
            place.wrong.push(
                json!({"store_id": store.id, "day": day.to_string(), "product_id": product, "currency": currency}),
            );
        }
        place.done.push(store.id.0);
        let progress = Progress { done: place.done.len() as u64, total, unit: "stores".to_owned() };
        run.step().await?.commit(&place, &progress).await?;
    }
    Ok(Output { result: json!({"stores": place.done.len(), "wrong": place.wrong}), made: None })
}
