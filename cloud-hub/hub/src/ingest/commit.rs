//! One transaction for all that waited: judge by cursor, insert, move the cursors; commit; then answer.

use std::collections::HashMap;

use tracing::{debug, info, warn};
use vyavs_delivery::frame::Header;
use vyavs_delivery::hub_step::{Arrival, Cursor, Poison, Suspects, Verdict, credit, greet, is_current, judge};
use vyavs_domain::ids::DeviceIdentity;
use vyavs_store::losses::DeadLetter;
use vyavs_store::products::KnownProducts;
use vyavs_store::{Origin, StoreError, Tx, devices, losses, sync};
use vyavs_wire::down::{RejectV1, RejectedV1, StateV1};
use vyavs_wire::record::Stream;
use vyavs_wire::up::HelloV1;

use super::Ingest;
use super::answer::{Answers, signer};
use super::clocks::Clocks;
use super::decode::{Arrived, Content};
use super::held::Held;
use super::insert;
use super::rows::Rows;
use super::tell::News;
use crate::api::sync::{Picture, Spoken};
use crate::privacy::{PseudonymError, Pseudonymiser};

/// Why a group was not stored.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys of pseudonyms: a number is never stored as it came.
    #[error(transparent)]
    Pseudonym(#[from] PseudonymError),
}

/// What a commit leaves to do.
#[derive(Debug)]
pub(super) struct Done {
    /// Signed payloads for `down`.
    pub(super) answers: Vec<(DeviceIdentity, Vec<u8>)>,
    pub(super) news: News,
}

/// Keeps what outlives a transaction.
#[derive(Debug)]
pub(super) struct Committer {
    ingest: Ingest,
    known: KnownProducts,
    suspects: HashMap<DeviceIdentity, Suspects>,
    clocks: Clocks,
    /// The conversation each device opened last. Not in the database: after a restart every device says hello.
    conversations: HashMap<DeviceIdentity, u64>,
    /// Public keys of devices that are enrolled.
    devices: HashMap<DeviceIdentity, Vec<u8>>,
    pseudonyms: Pseudonymiser,
}

impl Committer {
    pub(super) fn new(ingest: Ingest) -> Self {
        let pseudonyms = Pseudonymiser::new(ingest.vault.clone());
        Self {
            ingest,
            pseudonyms,
            known: KnownProducts::default(),
            suspects: HashMap::new(),
            clocks: Clocks::default(),
            conversations: HashMap::new(),
            devices: HashMap::new(),
        }
    }

    /// Stores a group; on error nothing of it is stored and nothing answered.
    pub(super) async fn commit(&mut self, batch: &[Arrived], queued: usize) -> Result<Done, CommitError> {
        let done = self.attempt(batch, queued).await;
        if done.is_err() {
            // They may know more than the database now.
            self.clocks = Clocks::default();
        }
        done
    }

    async fn attempt(&mut self, batch: &[Arrived], queued: usize) -> Result<Done, CommitError> {
        let ingest = self.ingest.clone();
        let (mut answers, mut news, mut held) = (Answers::default(), News::default(), Held::default());
        let mut tx = ingest.db.begin_write().await?;
        // Always in the order of devices, so that two hubs on one database cannot wait for each other.
        let mut order: Vec<&Arrived> = batch.iter().collect();
        order.sort_by_key(|arrived| arrived.identity);
        for arrived in order {
            if matches!(arrived.content, Content::Hello(_)) {
                // It may have been shut out, or given another key, since it was last looked up.
                self.devices.remove(&arrived.identity);
            }
            if !self.is_enrolled(&mut tx, arrived.identity).await? {
                warn!(device.id = %arrived.identity.device, "a message of a device that is not enrolled, or is revoked, was left unread");
                continue;
            }
            self.take(&mut tx, arrived, &mut held, &mut answers, &mut news).await?;
        }
        for (origin, rows) in &mut held.rows {
            for head in &mut rows.heads {
                self.pseudonyms.hide(origin.org, &mut head.receipt, origin.received_at).await?;
            }
        }
        for (origin, rows) in &held.rows {
            let identity = DeviceIdentity { org: origin.org, store: origin.store, device: origin.device };
            let key = self.devices.get(&identity).map_or(&[][..], Vec::as_slice);
            insert::insert(&mut tx, origin, &mut self.known, key, rows).await?;
            news.rows(origin, rows);
        }
        held.advance(&mut tx, ingest.clock.now()).await?;
        tx.commit().await?;
        let most = ingest.config.credit.max(1);
        let credit = credit(queued, ingest.config.queue, most);
        let answers = answers.seal(signer(ingest.keys.signer()), credit, *ingest.incarnation.as_bytes());
        Ok(Done { answers, news })
    }

    /// Tells watchers what was stored.
    pub(super) fn tell(&self, done: &Done) {
        done.news.publish(&self.ingest.live, self.ingest.clock.now());
        self.ingest.alerts.ring();
    }

    async fn is_enrolled(&mut self, tx: &mut Tx<'_>, identity: DeviceIdentity) -> Result<bool, StoreError> {
        if self.devices.contains_key(&identity) {
            return Ok(true);
        }
        let found = devices::by_identity(tx, identity).await?;
        let Some(device) = found.filter(|device| device.revoked_at.is_none()) else { return Ok(false) };
        self.devices.insert(identity, device.public_key);
        Ok(true)
    }

    async fn take(
        &mut self,
        tx: &mut Tx<'_>,
        arrived: &Arrived,
        held: &mut Held,
        answers: &mut Answers,
        news: &mut News,
    ) -> Result<(), StoreError> {
        let identity = arrived.identity;
        if let (Content::Hello(_), Some(conversation)) = (&arrived.content, arrived.conversation) {
            self.conversations.insert(identity, conversation);
        }
        if let Some(conversation) = arrived.conversation
            && !is_current(self.conversations.get(&identity).copied(), conversation)
        {
            debug!(device.id = %identity.device, "a message of an earlier conversation was left unread");
            return Ok(());
        }
        match &arrived.content {
            Content::Hello(hello) => self.greet(tx, arrived, hello, held, answers, news).await,
            Content::Now(now) => {
                let origin = Origin::new(identity, 0, arrived.at);
                let clock = self.clocks.now(tx, &origin, now.at_us, news).await?;
                sync::heard_now(tx, &origin, &Picture::of_now(now, clock, arrived.at).to_json()).await?;
                news.now(identity, now, clock);
                Ok(())
            }
            Content::Records { header, arrival, records } => {
                let stream = header.stream.number();
                match settle(tx, held, answers, identity, stream, arrival).await? {
                    None => Ok(()),
                    Some(skip) => {
                        let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(records.len());
                        let first = header.first + skip as u64;
                        let origin = Origin::new(identity, header.epoch, arrived.at);
                        let origin = origin.by(self.clocks.frame(tx, &origin, header).await?);
                        let rows = Rows::of(first, &records[skip..]);
                        let rejects = insert::bury(tx, &origin, stream, &rows.refused).await?;
                        answers.stream(identity, stream).rejects.extend(rejects);
                        held.keep(origin, rows);
                        Ok(())
                    }
                }
            }
            Content::Poison { header, arrival, raw, reason } => {
                self.poison(tx, arrived, (header, arrival), (raw, reason), held, answers).await
            }
            Content::Loss { loss, stream, arrival, signature } => {
                let stream = stream.number();
                let origin = Origin::new(identity, loss.epoch, arrived.at);
                let key = self.devices.get(&identity).map_or(&[][..], Vec::as_slice);
                let row = insert::loss_row(key, identity, loss, signature);
                if settle(tx, held, answers, identity, stream, arrival).await?.is_some() {
                    warn!(device.id = %identity.device, stream, first = loss.first, last = loss.last, "records are lost: {}", loss.detail);
                    losses::insert(tx, &origin, &row).await?;
                    news.sync(identity);
                }
                Ok(())
            }
            Content::Garbage { raw, reason } => {
                warn!(device.id = %identity.device, "a message that cannot be read was put among the dead letters: {reason}");
                let letter =
                    DeadLetter { epoch: None, stream: None, range: None, reason: reason.clone(), raw: raw.clone() };
                losses::bury(tx, &Origin::new(identity, 0, arrived.at), &letter).await?;
                Ok(())
            }
        }
    }

    async fn greet(
        &mut self,
        tx: &mut Tx<'_>,
        arrived: &Arrived,
        hello: &HelloV1,
        held: &mut Held,
        answers: &mut Answers,
        news: &mut News,
    ) -> Result<(), StoreError> {
        let identity = arrived.identity;
        let mut found = [None; 3];
        for stream in Stream::ALL {
            found[usize::from(stream.number())] = held.get(tx, identity, stream.number()).await?;
        }
        let known = found.iter().flatten().map(|cursor| cursor.epoch).max().unwrap_or(0);
        let greeting = greet(known, found, hello);
        let chains = found.map(|cursor| cursor.filter(|c| c.epoch == greeting.epoch).map_or([0; 16], |c| c.chain));
        let origin = Origin::new(identity, hello.epoch, arrived.at);
        sync::heard_hello(tx, &origin, &Spoken::from((hello, arrived.at)).to_json()).await?;
        self.clocks.hello(tx, &origin, hello, news).await?;
        info!(device.id = %identity.device, epoch = hello.epoch, agent = hello.agent, "a device says hello");
        let rest = StateV1 {
            epoch: 0,
            streams: Vec::new(),
            credit: self.ingest.config.credit.max(1),
            incarnation: *self.ingest.incarnation.as_bytes(),
            hello_mono_ms: hello.mono_ms,
            received_us: arrived.at.as_microsecond(),
            answered_us: self.ingest.clock.now().as_microsecond(),
        };
        answers.state(identity, greeting, chains, rest);
        news.sync(identity);
        Ok(())
    }

    /// A frame whose records cannot be read: asked for once more, then set aside with its bytes, never in the way.
    async fn poison(
        &mut self,
        tx: &mut Tx<'_>,
        arrived: &Arrived,
        (header, arrival): (&Header, &Arrival),
        (raw, reason): (&[u8], &str),
        held: &mut Held,
        answers: &mut Answers,
    ) -> Result<(), StoreError> {
        let (identity, stream) = (arrived.identity, header.stream.number());
        let cursor = held.get(tx, identity, stream).await?;
        if !matches!(judge(cursor, arrival), Verdict::Take { .. }) {
            settle(tx, held, answers, identity, stream, arrival).await?;
            return Ok(());
        }
        let suspects = self.suspects.entry(identity).or_default();
        if suspects.failed(header.stream, header.epoch, header.first) == Poison::Again {
            let through = cursor.filter(|c| c.epoch == header.epoch).map_or(0, |c| c.through);
            let told = answers.stream(identity, stream);
            (told.epoch, told.through) = (header.epoch, through);
            told.nacks.push((through + 1, header.last()));
            return Ok(());
        }
        settle(tx, held, answers, identity, stream, arrival).await?;
        warn!(device.id = %identity.device, stream, first = header.first, "a frame was put among the dead letters: {reason}");
        let letter = DeadLetter {
            epoch: Some(header.epoch),
            stream: Some(stream),
            range: Some((header.first, header.last())),
            reason: reason.to_owned(),
            raw: raw.to_vec(),
        };
        losses::bury(tx, &Origin::new(identity, header.epoch, arrived.at), &letter).await?;
        let rejected = RejectedV1 { first: header.first, last: header.last(), why: RejectV1::Undecodable };
        answers.stream(identity, stream).rejects.push(rejected);
        Ok(())
    }
}

/// Judges an arrival and notes the answer; `Some(skip)` when its rows are to be stored, the first `skip` left out.
async fn settle(
    tx: &mut Tx<'_>,
    held: &mut Held,
    answers: &mut Answers,
    identity: DeviceIdentity,
    stream: u8,
    arrival: &Arrival,
) -> Result<Option<u64>, StoreError> {
    let cursor = held.get(tx, identity, stream).await?;
    let told = answers.stream(identity, stream);
    match judge(cursor, arrival) {
        Verdict::StaleEpoch => {
            // Said with our epoch: the device does not take it for its own and says hello.
            let at = cursor.unwrap_or(Cursor::start(arrival.epoch));
            (told.epoch, told.through) = (at.epoch, at.through);
            warn!(device.id = %identity.device, epoch = arrival.epoch, known = at.epoch, "records of an epoch that is over were left");
            Ok(None)
        }
        Verdict::Duplicate => {
            let at = cursor.unwrap_or(Cursor::start(arrival.epoch));
            (told.epoch, told.through) = (at.epoch, at.through);
            Ok(None)
        }
        Verdict::Gap { first, last } => {
            (told.epoch, told.through) = (arrival.epoch, first - 1);
            told.nacks.push((first, last));
            Ok(None)
        }
        Verdict::Take { skip, cursor, broken } => {
            if broken {
                warn!(device.id = %identity.device, stream, first = arrival.first, "the hash chain does not continue: stored, but something before it was changed");
            }
            (told.epoch, told.through) = (cursor.epoch, cursor.through);
            held.set(identity, stream, cursor);
            Ok(Some(skip))
        }
    }
}
