//! The shapes of characters: which font has one, how wide it is, and what to do when none has.

use std::borrow::Cow;
use std::collections::HashMap;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Stands for what has no shape.
const REPLACEMENT: char = '\u{fffd}';

static REGULAR: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Bold.ttf");
static MATH: &[u8] = include_bytes!("../../assets/fonts/NotoSansMath-Regular.ttf");
static SYMBOLS: &[u8] = include_bytes!("../../assets/fonts/NotoSansSymbols2-Regular.ttf");

/// Regular or bold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// One font file.
struct Face {
    font: Font,
    /// Glyph and advance, in parts of the font size, of every character it has.
    shapes: HashMap<char, (u32, f32)>,
}

impl Face {
    /// `None` when the bytes are no font.
    fn new(data: krilla::Data) -> Option<Self> {
        let file = FontRef::from_index(data.as_ref(), 0).ok()?;
        let font = Font::new(data.clone(), 0)?;
        let metrics = file.glyph_metrics(Size::unscaled(), LocationRef::default());
        let em = font.units_per_em();
        let shape = |(code, glyph): (u32, skrifa::GlyphId)| {
            let advance = metrics.advance_width(glyph)?;
            Some((char::from_u32(code)?, (glyph.to_u32(), advance / em)))
        };
        let shapes = file.charmap().mappings().filter(|(_, glyph)| glyph.to_u32() != 0).filter_map(shape).collect();
        Some(Self { font, shapes })
    }
}

/// The fonts of a document, in the order they are asked for a character.
pub(super) struct Fonts {
    faces: Vec<Face>,
    regular: Vec<usize>,
    bold: Vec<usize>,
}

/// A stretch of text in one font.
pub(super) struct Run {
    pub(super) font: Font,
    pub(super) glyphs: Vec<KrillaGlyph>,
    /// From the start of the text, in parts of the font size.
    pub(super) offset: f32,
}

impl Fonts {
    /// Ours, then `fallbacks`; the number of the first of these that is no font otherwise.
    pub(super) fn new(fallbacks: &[Vec<u8>]) -> Result<Self, usize> {
        let ours = [REGULAR, BOLD, MATH, SYMBOLS].into_iter().filter_map(|bytes| Face::new(bytes.into()));
        let mut faces: Vec<Face> = ours.collect();
        for (number, bytes) in fallbacks.iter().enumerate() {
            faces.push(Face::new(bytes.clone().into()).ok_or(number)?);
        }
        let after = |first: usize| [first].into_iter().chain(2..faces.len()).collect();
        Ok(Self { regular: after(0), bold: after(1), faces })
    }

    fn chain(&self, weight: Weight) -> &[usize] {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The face, glyph and advance of a character; its stand-in where there is none.
    fn shape(&self, c: char, weight: Weight) -> (usize, u32, f32) {
        let find = |c: char| {
            self.chain(weight).iter().find_map(|face| {
                self.faces.get(*face)?.shapes.get(&c).map(|(glyph, advance)| (*face, *glyph, *advance))
            })
        };
        find(c).or_else(|| find(stand_in(c)?)).or_else(|| find(REPLACEMENT)).unwrap_or((0, 1, 0.6))
    }

    fn has(&self, c: char) -> bool {
        let known = |c: char| self.regular.iter().any(|face| self.faces[*face].shapes.contains_key(&c));
        known(c) || stand_in(c).is_some_and(known)
    }

    /// `text` as it can be set (composed, without control and invisible characters), and how many characters of it
    /// have no shape. Line breaks stay.
    pub(super) fn prepare<'t>(&self, text: &'t str) -> (Cow<'t, str>, u64) {
        if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return (Cow::Borrowed(text), 0);
        }
        let composed: Cow<'_, str> = match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => Cow::Borrowed(text),
            _ => Cow::Owned(text.nfc().collect()),
        };
        let mut shapeless = 0;
        let mut ready = String::with_capacity(composed.len());
        let mut chars = composed.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\r' if chars.peek() == Some(&'\n') => {}
                '\r' | '\n' | '\u{85}' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}' => ready.push('\n'),
                '\t' => ready.push_str("    "),
                c if is_invisible(c) => {}
                // These may not stand in the text of a PDF/A at all.
                c if c.is_control() || is_private_or_none(c) => {
                    shapeless += 1;
                    ready.push(REPLACEMENT);
                }
                c => {
                    shapeless += u64::from(!self.has(c));
                    ready.push(c);
                }
            }
        }
        (Cow::Owned(ready), shapeless)
    }

    pub(super) fn advance(&self, c: char, weight: Weight) -> f32 {
        self.shape(c, weight).2
    }

    /// How wide a prepared text is, in parts of the font size.
    pub(super) fn width(&self, text: &str, weight: Weight) -> f32 {
        text.chars().map(|c| self.advance(c, weight)).sum()
    }

    /// A prepared text, font by font.
    pub(super) fn runs(&self, text: &str, weight: Weight) -> Vec<Run> {
        let mut runs: Vec<(usize, Run)> = Vec::new();
        let mut at = 0.0;
        for (start, c) in text.char_indices() {
            let (face, glyph, advance) = self.shape(c, weight);
            let range = start..start + c.len_utf8();
            let glyph = KrillaGlyph::new(GlyphId::new(glyph), advance, 0.0, 0.0, 0.0, range, None);
            match runs.last_mut() {
                Some((last, run)) if *last == face => run.glyphs.push(glyph),
                _ => {
                    let font = self.faces[face].font.clone();
                    runs.push((face, Run { font, glyphs: vec![glyph], offset: at }));
                }
            }
            at += advance;
        }
        runs.into_iter().map(|(_, run)| run).collect()
    }
}

/// A character that looks the same and that fonts more often have.
fn stand_in(c: char) -> Option<char> {
    match c {
        '\u{2010}' | '\u{2011}' | '\u{2212}' => Some('-'),
        '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some('\u{a0}'),
        _ => None,
    }
}

/// Characters that only steer what is around them: joiners, direction marks, variation selectors, soft hyphens.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{61c}' | '\u{180e}' | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_private_or_none(c: char) -> bool {
    let code = u32::from(c);
    matches!(code, 0xe000..=0xf8ff | 0xf0000..) || (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_european_letter_has_a_shape() {
        let fonts = Fonts::new(&[]).expect("our fonts");
        let text = "Straße ÄÖÜ ẞ Zażółć gęślą jaźń Ελληνικά ώΐ Ёлка “„’–—…€₹£ → ≥ ★ ✓ ▲\u{202f}1\u{2212}2";
        assert_eq!(fonts.prepare(text), (Cow::Owned(text.to_owned()), 0));
        assert!(text.chars().all(|c| fonts.advance(c, Weight::Bold) > 0.0));
    }

    #[test]
    fn what_cannot_be_set_is_counted_or_has_no_look() {
        let fonts = Fonts::new(&[]).expect("our fonts");
        assert_eq!(fonts.prepare("e\u{301}\u{200b}\u{202e}x\r\ny\u{7}"), (Cow::Owned("éx\ny�".to_owned()), 1));
        assert_eq!(fonts.prepare("a\tb"), (Cow::Owned("a    b".to_owned()), 0));
        assert_eq!(fonts.prepare("\u{e001}中"), (Cow::Owned("�中".to_owned()), 2));
        assert!(Fonts::new(&[b"no font".to_vec()]).is_err_and(|number| number == 0));
    }

    #[test]
    fn digits_are_equally_wide() {
        let fonts = Fonts::new(&[]).expect("our fonts");
        for weight in [Weight::Regular, Weight::Bold] {
            assert!(('1'..='9').all(|c| fonts.advance(c, weight) == fonts.advance('0', weight)));
        }
    }
}
