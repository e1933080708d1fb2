//! The files of an artifact, read whole and never beyond their limits.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::{Limits, Refusal};

/// What the model is, for programs.
pub const MANIFEST: &str = "manifest.toml";
/// The model.
pub const MODEL: &str = "model.onnx";
/// What the model is, for people.
pub const CARD: &str = "card.md";
/// Who vouches for the three above.
pub const SIGNATURE: &str = "signature";

/// The bytes of an artifact: what is checked is what is used, whatever happens to the files meanwhile.
pub(crate) struct Files {
    pub(crate) manifest: Vec<u8>,
    pub(crate) model: Vec<u8>,
    pub(crate) card: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Files {
    pub(crate) fn read(dir: &Path, limits: &Limits) -> Result<Self, Refusal> {
        Ok(Self {
            manifest: read(dir, MANIFEST, limits.text_bytes)?,
            model: read(dir, MODEL, limits.model_bytes)?,
            card: read(dir, CARD, limits.text_bytes)?,
            signature: read(dir, SIGNATURE, limits.text_bytes)?,
        })
    }

    /// What is signed, in the order in which it is.
    pub(crate) fn signed(&self) -> [(&'static str, &[u8]); 3] {
        [(CARD, &self.card), (MANIFEST, &self.manifest), (MODEL, &self.model)]
    }
}

fn read(dir: &Path, file: &'static str, limit: u64) -> Result<Vec<u8>, Refusal> {
    let path = dir.join(file);
    let failed = |source| Refusal::File { file, source };
    // Not following links: a link could name a pipe, or anything the agent may read.
    if !fs::symlink_metadata(&path).map_err(failed)?.is_file() {
        return Err(Refusal::NotAFile { file });
    }
    let mut bytes = Vec::new();
    File::open(&path).and_then(|opened| opened.take(limit + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Refusal::Oversize { what: format!("{file} (bytes)"), got: bytes.len() as u64, limit });
    }
    Ok(bytes)
}
