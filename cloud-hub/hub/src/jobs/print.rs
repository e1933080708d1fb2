//! A file printed on a thread of its own: rows go in through a short channel, so that a million of them need no more
//! memory than a few pages of them.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use vyavs_render::{Cell, Export, Format, Options, Receipt, RenderError, Report, Section, SectionReceipt};
use vyavs_store::jobs::Job;
use vyavs_store::jobs::outputs::Output;

use super::run::Run;
use super::work::Failure;
use crate::files::{Draft, Folder};

/// Pages of rows that may wait to be printed.
const AHEAD: usize = 2;

/// A row on its way to the printer.
pub(crate) type Row = Vec<Cell<'static>>;

enum Piece {
    Begin(Box<Section>),
    Rows(Vec<Row>),
    Gap(String),
    End,
}

/// A file being printed. Dropped before [`Printer::finish`], nothing of it stays.
pub(crate) struct Printer {
    pieces: mpsc::Sender<Piece>,
    thread: JoinHandle<Result<Printed, Failure>>,
}

/// A file that is whole. Dropped without being noted it is removed.
#[derive(Debug)]
pub(crate) struct Printed {
    folder: Folder,
    file: String,
    extension: &'static str,
    media_type: &'static str,
    size: u64,
    digest: String,
    rows: u64,
    totals: Value,
    noted: bool,
}

impl Printer {
    /// Begins the file of a job.
    pub(crate) fn start(run: &Run, format: Format, report: Report) -> Self {
        let (pieces, waiting) = mpsc::channel(AHEAD);
        let (folder, job, fence) = (run.folder.clone(), run.job.id, run.job.fence);
        let thread = tokio::task::spawn_blocking(move || {
            let begun = folder.begin(job, fence, format.extension());
            let (draft, file) =
                begun.with_context(|| format!("failed to begin a file in {}", folder.path("").display()))?;
            print(waiting, draft, file, format, &report).map(|(file, size, digest, receipt)| Printed {
                folder,
                file,
                extension: format.extension(),
                media_type: format.media_type(),
                size,
                digest,
                rows: receipt.rows,
                totals: receipt.sections.iter().map(told).collect(),
                noted: false,
            })
        });
        Self { pieces, thread }
    }

    /// Begins a section.
    pub(crate) async fn begin(&mut self, section: Section) -> Result<(), Failure> {
        self.put(Piece::Begin(Box::new(section))).await
    }

    /// Adds rows to it.
    pub(crate) async fn rows(&mut self, rows: Vec<Row>) -> Result<(), Failure> {
        self.put(Piece::Rows(rows)).await
    }

    /// Says what is missing from it.
    pub(crate) async fn gap(&mut self, reason: String) -> Result<(), Failure> {
        self.put(Piece::Gap(reason)).await
    }

    /// Completes the file.
    pub(crate) async fn finish(mut self) -> Result<Printed, Failure> {
        self.put(Piece::End).await?;
        self.thread.await.context("the printer ended early")?
    }

    async fn put(&mut self, piece: Piece) -> Result<(), Failure> {
        if self.pieces.send(piece).await.is_ok() {
            return Ok(());
        }
        // The thread is gone, and says why.
        match (&mut self.thread).await.context("the printer ended early")? {
            Ok(_) => Err(Failure::Again(anyhow::anyhow!("the printer ended early"))),
            Err(why) => Err(why),
        }
    }
}

/// Writes, counts and hashes.
struct Sink {
    file: BufWriter<File>,
    hash: blake3::Hasher,
    size: u64,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(bytes.get(..count).unwrap_or(bytes));
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn print(
    mut waiting: mpsc::Receiver<Piece>,
    draft: Draft,
    file: File,
    format: Format,
    report: &Report,
) -> Result<(String, u64, String, Receipt), Failure> {
    let mut sink = Sink { file: BufWriter::with_capacity(1 << 16, file), hash: blake3::Hasher::new(), size: 0 };
    // What a CSV says of itself stands at its end, in lines that begin with #.
    let csv = vyavs_render::CsvOptions { trailer: true, ..Default::default() };
    let mut export = Export::open(format, &mut sink, report, Options { csv, ..Options::default() }).map_err(failure)?;
    let mut ended = false;
    while let Some(piece) = waiting.blocking_recv() {
        match piece {
            Piece::Begin(section) => export.begin(&section),
            Piece::Rows(rows) => rows.iter().try_for_each(|row| export.row(row)),
            Piece::Gap(reason) => export.gap(reason),
            Piece::End => {
                ended = true;
                break;
            }
        }
        .map_err(failure)?;
    }
    if !ended {
        return Err(Failure::Lost);
    }
    let receipt = export.finish().map_err(failure)?;
    let Sink { file, hash, size } = sink;
    let file = file.into_inner().map_err(|error| Failure::Again(error.into_error().into()))?;
    let name = draft.finish(&file).context("failed to complete a file")?;
    Ok((name, size, hash.finalize().to_hex().to_string(), receipt))
}

fn failure(error: RenderError) -> Failure {
    match error {
        RenderError::Limit { .. } => Failure::Never(format!("{error}; choose csv, or a shorter period")),
        other => Failure::Again(other.into()),
    }
}

fn told(section: &SectionReceipt) -> Value {
    let total = |total: &vyavs_render::Total| json!({"column": total.column, "unit": total.unit, "sum": total.sum.map(|sum| sum.to_string())});
    json!({
        "heading": section.heading,
        "rows": section.rows,
        "totals": section.totals.iter().map(total).collect::<Vec<_>>(),
        "missing": section.gaps,
        "notes": section.notes,
    })
}

impl Printed {
    /// A JSON document as the file of a job; `rows` of it are counted by the caller.
    pub(crate) async fn document(run: &Run, document: Value, rows: u64) -> Result<Self, Failure> {
        let (folder, job, fence) = (run.folder.clone(), run.job.id, run.job.fence);
        let write = move || -> anyhow::Result<Self> {
            let (draft, file) = folder.begin(job, fence, "json").context("failed to begin a file")?;
            let mut sink = Sink { file: BufWriter::with_capacity(1 << 16, file), hash: blake3::Hasher::new(), size: 0 };
            serde_json::to_writer_pretty(&mut sink, &document).context("failed to write a document")?;
            let Sink { file, hash, size } = sink;
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            let file = draft.finish(&file).context("failed to complete a file")?;
            let digest = hash.finalize().to_hex().to_string();
            let (extension, media_type) = ("json", "application/json");
            Ok(Self { folder, file, extension, media_type, size, digest, rows, totals: json!([]), noted: false })
        };
        Ok(tokio::task::spawn_blocking(write).await.context("the writer ended early")??)
    }

    /// How its name ends.
    pub(crate) fn extension(&self) -> &'static str {
        self.extension
    }

    /// Rows in it.
    pub(crate) fn row_count(&self) -> u64 {
        self.rows
    }

    /// What is noted of it, which makes it stay.
    pub(crate) fn output(mut self, job: &Job, name: String, now: Timestamp, until: Timestamp) -> Output {
        self.noted = true;
        Output {
            job: job.id,
            org: job.org,
            name,
            media_type: self.media_type.to_owned(),
            file: std::mem::take(&mut self.file),
            size: self.size,
            digest: std::mem::take(&mut self.digest),
            rows: self.rows,
            totals: std::mem::take(&mut self.totals),
            created_at: now,
            expires_at: until,
            removed_at: None,
        }
    }
}

impl Drop for Printed {
    fn drop(&mut self) {
        if !self.noted {
            // Best effort: what stays is found by the next sweep.
            let _ = self.folder.remove(&self.file);
        }
    }
}
