//! Text into lines (Unicode Standard Annex #14 says where they may break).

use unicode_linebreak::{BreakOpportunity, linebreaks};
use unicode_segmentation::UnicodeSegmentation;

use super::font::{Fonts, Weight};

/// A style of text: weight, and size in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) weight: Weight,
    pub(super) size: f32,
}

impl Style {
    pub(super) const fn regular(size: f32) -> Self {
        Self { weight: Weight::Regular, size }
    }

    pub(super) const fn bold(size: f32) -> Self {
        Self { weight: Weight::Bold, size }
    }

    /// From one baseline to the next.
    pub(super) fn leading(self) -> f32 {
        self.size * 1.36
    }

    /// From the top of a line to its baseline.
    pub(super) fn ascent(self) -> f32 {
        self.size * 1.02
    }
}

/// How wide a line is as the eye sees it, in points: the space it was broken at does not count.
pub(super) fn line_width(fonts: &Fonts, line: &str, style: Style) -> f32 {
    fonts.width(line.trim_end_matches(' '), style.weight) * style.size
}

/// The part of `text` that fits into `room` points: all of it, or up to the grapheme that is one too many, but
/// always at least one.
fn fitting<'t>(fonts: &Fonts, text: &'t str, style: Style, room: f32) -> &'t str {
    let mut used = 0.0;
    let visible = text.trim_end_matches([' ', '\n']);
    for (at, grapheme) in visible.grapheme_indices(true) {
        used += fonts.width(grapheme, style.weight) * style.size;
        if used > room && at > 0 {
            return &text[..at];
        }
    }
    text
}

/// Prepared text as lines of at most `room` points, nothing left out. A line keeps the space it was broken at, so that
/// copied text does not run together; a word wider than the room is broken inside.
pub(super) fn wrap(fonts: &Fonts, text: &str, style: Style, room: f32) -> Vec<String> {
    let fits = |text: &str| fitting(fonts, text, style, room).len() == text.len();
    if !text.contains('\n') && fits(text) {
        return vec![text.to_owned()];
    }
    let mut lines = Vec::new();
    let (mut start, mut good) = (0, 0);
    for (end, kind) in linebreaks(text) {
        if !fits(&text[start..end]) {
            if good > start {
                lines.push(text[start..good].to_owned());
                start = good;
            }
            loop {
                let part = fitting(fonts, &text[start..end], style, room);
                if part.len() == end - start {
                    break;
                }
                lines.push(part.to_owned());
                start += part.len();
            }
        }
        good = end;
        if kind == BreakOpportunity::Mandatory {
            lines.push(text[start..end].trim_end_matches('\n').to_owned());
            start = end;
        }
    }
    if start < text.len() || lines.is_empty() {
        lines.push(text[start..].to_owned());
    }
    lines
}

/// The widest piece of `text` that cannot be broken, in parts of the font size, measured up to `enough`.
pub(super) fn longest_word(fonts: &Fonts, text: &str, weight: Weight, enough: f32) -> f32 {
    let (mut start, mut widest) = (0, 0.0_f32);
    for (end, _) in linebreaks(text) {
        let mut word = 0.0;
        for c in text[start..end].trim_end().chars() {
            word += fonts.advance(c, weight);
            if word > enough {
                return enough;
            }
        }
        widest = widest.max(word);
        start = end;
    }
    widest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Nothing is lost but line breaks, and no line is wider than the room unless it is one grapheme.
        #[test]
        fn lines_hold_the_whole_text(text in "[a-zé–ß \n]{0,80}", room in 5.0_f32..80.0) {
            let fonts = Fonts::new(&[]).expect("our fonts");
            let style = Style::regular(8.0);
            let lines = wrap(&fonts, &text, style, room);
            prop_assert_eq!(lines.concat(), text.replace('\n', ""));
            for line in &lines {
                let one = line.trim_end().graphemes(true).count() <= 1;
                prop_assert!(one || line_width(&fonts, line, style) <= room + 0.01, "{:?}", line);
            }
        }
    }

    #[test]
    fn a_very_long_word_is_broken_in_time() {
        let fonts = Fonts::new(&[]).expect("our fonts");
        let lines = wrap(&fonts, &"x".repeat(1_000_000), Style::regular(8.0), 100.0);
        assert_eq!(lines.iter().map(String::len).sum::<usize>(), 1_000_000);
    }
}
