//! A model as bytes, little-endian: magic, calibration, bias, moods, then each table as count, step, keys and weights.

use super::{Calibration, Model, Table};
use crate::features::MOODS;

const MAGIC: &[u8; 8] = b"VYTEXT01";

/// Why bytes are no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The first bytes are not ours.
    #[error("these bytes are no sentiment model: they do not begin with VYTEXT01")]
    Foreign,
    /// The bytes end early, or go on after the end.
    #[error("the sentiment model is cut or has bytes too many at byte {0}")]
    Length(usize),
    /// A number that no fit writes.
    #[error("the sentiment model holds a number that cannot be used before byte {0}")]
    Number(usize),
    /// Keys do not rise, or a weight is zero.
    #[error("a table of the sentiment model is out of order before byte {0}")]
    Order(usize),
}

impl Model {
    /// The model as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let Calibration { slope, offset, threshold } = self.calibration;
        [slope, offset, threshold].iter().for_each(|number| out.extend(number.to_le_bytes()));
        out.extend(self.bias.to_le_bytes());
        self.moods.iter().for_each(|number| out.extend(number.to_le_bytes()));
        for table in [&self.words, &self.pieces] {
            out.extend((table.keys.len() as u32).to_le_bytes());
            out.extend(table.step.to_le_bytes());
            table.keys.iter().for_each(|key| out.extend(key.to_le_bytes()));
            out.extend(table.weights.iter().map(|weight| weight.to_le_bytes()[0]));
        }
        out
    }

    /// Reads what [`Model::to_bytes`] wrote.
    ///
    /// # Errors
    /// Anything else; the place is named.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut read = Bytes { all: bytes, at: MAGIC.len() };
        if !bytes.starts_with(MAGIC) {
            return Err(ModelError::Foreign);
        }
        let mut numbers = [0.0; 3];
        for number in &mut numbers {
            *number = f64::from_le_bytes(read.array()?);
        }
        let [slope, offset, threshold] = numbers;
        let bias = read.number()?;
        let mut moods = [0.0; MOODS];
        for mood in &mut moods {
            *mood = read.number()?;
        }
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(ModelError::Number(read.at));
        }
        let (words, pieces) = (read.table()?, read.table()?);
        if read.at != bytes.len() {
            return Err(ModelError::Length(read.at));
        }
        Ok(Self { words, pieces, moods, bias, calibration: Calibration { slope, offset, threshold } })
    }
}

struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl Bytes<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], ModelError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.all.len());
        let end = end.ok_or(ModelError::Length(self.all.len()))?;
        let part = &self.all[self.at..end];
        self.at = end;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let at = self.at;
        self.take(N)?.try_into().map_err(|_| ModelError::Length(at))
    }

    fn number(&mut self) -> Result<f32, ModelError> {
        let number = f32::from_le_bytes(self.array()?);
        if number.is_finite() { Ok(number) } else { Err(ModelError::Number(self.at)) }
    }

    fn table(&mut self) -> Result<Table, ModelError> {
        let count = u32::from_le_bytes(self.array()?) as usize;
        let step = self.number()?;
        let keys = self.take(count.saturating_mul(4))?.chunks_exact(4);
        let keys: Vec<u32> = keys.map(|key| u32::from_le_bytes([key[0], key[1], key[2], key[3]])).collect();
        let weights: Vec<i8> = self.take(count)?.iter().map(|byte| i8::from_le_bytes([*byte])).collect();
        // A zero weight would look like a free slot.
        if !keys.is_sorted_by(|a, b| a < b) || weights.contains(&0) || (count > 0 && step <= 0.0) {
            return Err(ModelError::Order(self.at));
        }
        Ok(Table { keys, weights, step })
    }
}
