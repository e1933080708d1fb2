//! Key figures side by side.

use super::flow::{BLACK, Flow, GREY, MARGIN, Mark, Role, SHADE, Shape};
use super::font::Fonts;
use super::wrap::{Style, wrap};

const LABEL: Style = Style::regular(7.5);
const VALUE: Style = Style::bold(13.0);
const PAD: f32 = 6.0;
const GAP: f32 = 6.0;
const IN_A_ROW: usize = 4;

/// A key figure as prepared text.
pub(super) struct Figure {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) comparison: String,
}

impl Figure {
    /// Its three parts as lines of `room`, in the order they stand.
    fn lines(&self, fonts: &Fonts, room: f32) -> [(Style, Vec<String>); 3] {
        [(LABEL, &self.label), (VALUE, &self.value), (LABEL, &self.comparison)]
            .map(|(style, text)| (style, if text.is_empty() { Vec::new() } else { wrap(fonts, text, style, room) }))
    }
}

pub(super) fn draw(flow: &mut Flow, fonts: &Fonts, figures: &[Figure]) {
    if figures.is_empty() {
        return;
    }
    let list = flow.element(None, Role::List);
    for group in figures.chunks(IN_A_ROW) {
        let width = (flow.room() - GAP * (IN_A_ROW - 1) as f32) / IN_A_ROW as f32;
        let boxes: Vec<_> = group.iter().map(|figure| figure.lines(fonts, width - 2.0 * PAD)).collect();
        let height = boxes.iter().map(height).fold(0.0, f32::max);
        let item = |flow: &mut Flow| {
            let item = flow.element(Some(list), Role::Item);
            Mark::Element(flow.element(Some(item), Role::ItemBody))
        };
        // A label of a novel's length is no box; it is set as the text it is.
        if height > flow.body() / 3.0 {
            for parts in boxes {
                let mark = item(flow);
                for (style, lines) in parts {
                    flow.lines(mark, MARGIN, style, BLACK, lines);
                }
            }
            continue;
        }
        flow.need(height);
        for (at, parts) in boxes.into_iter().enumerate() {
            let mark = item(flow);
            let x = MARGIN + at as f32 * (width + GAP);
            flow.draw(Mark::Layout, Shape::Area { x, y: flow.y, width, height, ink: SHADE });
            let mut y = flow.y + PAD;
            for (place, (style, lines)) in parts.into_iter().enumerate() {
                let ink = if place == 1 { BLACK } else { GREY };
                for line in lines {
                    flow.text(mark, (x + PAD, y), style, ink, line);
                    y += style.leading();
                }
            }
        }
        flow.y += height + GAP;
    }
}

fn height(parts: &[(Style, Vec<String>); 3]) -> f32 {
    parts.iter().map(|(style, lines)| lines.len() as f32 * style.leading()).sum::<f32>() + 2.0 * PAD
}
