//! Other engines with the same batches: the same frames as values, and for SQLite also one row a record, each batch
//! one commit that ends on the device.

use std::path::Path;
use std::time::{Duration, Instant};

use redb::{Database, Durability, TableDefinition};
use vyavs_edge_agent::outbox::queue::dir_bytes;
use vyavs_wire::record::Record;

use crate::load::{Framer, key, record};
use crate::{Args, Outcome};

/// One batch after the other, each handed to `commit`, which returns when it is durable.
fn drive(
    args: &Args,
    name: &'static str,
    dir: &Path,
    mut commit: impl FnMut(&[Record]) -> anyhow::Result<()>,
) -> anyhow::Result<Outcome> {
    let batch = args.tasks * args.group;
    let mut acks_ms = Vec::new();
    let mut took = Duration::ZERO;
    for from in (0..args.records).step_by(usize::try_from(batch)?) {
        // Making the records is not what is measured; the outbox's sources make theirs beside its writer.
        let records: Vec<_> = (from..(from + batch).min(args.records)).map(record).collect();
        let asked = Instant::now();
        commit(&records)?;
        took += asked.elapsed();
        acks_ms.push(asked.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Outcome { name, took, acks_ms, disk: dir_bytes(dir) })
}

pub(crate) fn sled(args: &Args, dir: &Path) -> anyhow::Result<Outcome> {
    let db = sled::Config::new().path(dir).cache_capacity(1 << 20).flush_every_ms(None).open()?;
    let file = std::fs::File::open(dir.join("db"))?;
    let mut framer = Framer::new();
    drive(args, "sled alone, the same frames", dir, |records| {
        let mut batch = sled::Batch::default();
        for frame in framer.frames(records)? {
            batch.insert(&key(&frame), frame.bytes);
        }
        db.apply_batch(batch)?;
        db.flush()?;
        Ok(file.sync_data()?)
    })
}

pub(crate) fn redb(args: &Args, dir: &Path) -> anyhow::Result<Outcome> {
    const FRAMES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("frames");
    std::fs::create_dir_all(dir)?;
    let db = Database::create(dir.join("db"))?;
    let mut framer = Framer::new();
    drive(args, "redb, the same frames", dir, |records| {
        let mut write = db.begin_write()?;
        write.set_durability(Durability::Immediate)?;
        {
            let mut table = write.open_table(FRAMES)?;
            for frame in framer.frames(records)? {
                table.insert(key(&frame).as_slice(), frame.bytes.as_slice())?;
            }
        }
        Ok(write.commit()?)
    })
}

fn sqlite_in(dir: &Path) -> anyhow::Result<rusqlite::Connection> {
    std::fs::create_dir_all(dir)?;
    let db = rusqlite::Connection::open(dir.join("db"))?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.execute_batch(
        "create table kept (stream integer, first integer, value blob, primary key (stream, first)) without rowid",
    )?;
    Ok(db)
}

const INSERT: &str = "insert into kept (stream, first, value) values (?1, ?2, ?3)";

pub(crate) fn sqlite(args: &Args, dir: &Path) -> anyhow::Result<Outcome> {
    let mut db = sqlite_in(dir)?;
    let mut framer = Framer::new();
    drive(args, "SQLite WAL FULL, the same frames", dir, |records| {
        let write = db.transaction()?;
        {
            let mut insert = write.prepare(INSERT)?;
            for frame in framer.frames(records)? {
                let first = i64::try_from(frame.header.first)?;
                insert.execute((frame.header.stream.number(), first, frame.bytes))?;
            }
        }
        Ok(write.commit()?)
    })
}

pub(crate) fn sqlite_rows(args: &Args, dir: &Path) -> anyhow::Result<Outcome> {
    let mut db = sqlite_in(dir)?;
    let mut next = [1_i64; 3];
    drive(args, "SQLite WAL FULL, a row a record", dir, |records| {
        let write = db.transaction()?;
        {
            let mut insert = write.prepare(INSERT)?;
            for record in records {
                let stream = record.stream().number();
                let first = &mut next[usize::from(stream)];
                insert.execute((stream, *first, postcard::to_stdvec(record)?))?;
                *first += 1;
            }
        }
        Ok(write.commit()?)
    })
}
