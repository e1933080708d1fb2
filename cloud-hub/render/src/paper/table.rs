//! A table over as many pages as it needs, its header on each, and over as many strips as its columns need.

use super::flow::{BLACK, Flow, MARGIN, Mark, Role, SHADE};
use super::font::{Fonts, Weight};
use super::wrap::{Style, line_width, longest_word, wrap};

/// Left and right of a cell's text.
const PAD: f32 = 3.0;
/// Above and below.
const GAP: f32 = 2.0;
/// Sizes tried before a table is cut into strips.
const SIZES: [f32; 3] = [8.5, 7.5, 6.5];
/// No column of words asks for more than this part of the page before its words are broken.
const WORDS: f32 = 0.35;

/// A table as text, prepared.
pub(super) struct Grid {
    pub(super) headings: Vec<String>,
    /// Flush right and in one piece.
    pub(super) numeric: Vec<bool>,
    pub(super) rows: Vec<Box<[String]>>,
    /// What a reader who does not see it is told first.
    pub(super) summary: String,
    /// "Columns {from}–{to} of {all}".
    pub(super) strip: &'static str,
}

/// How wide a column would like to be and has to be, in parts of the font size, without its padding.
#[derive(Clone, Copy, Debug)]
struct Measure {
    natural: f32,
    least: f32,
}

impl Grid {
    fn measure(&self, fonts: &Fonts, room: f32) -> Vec<Measure> {
        let enough = room * WORDS / SIZES[0];
        let column = |at: usize| {
            let numeric = self.numeric[at];
            let heading = fonts.width(&self.headings[at], Weight::Bold);
            let mut measure = Measure {
                natural: heading.min(12.0),
                least: longest_word(fonts, &self.headings[at], Weight::Bold, enough),
            };
            for row in &self.rows {
                let Some(text) = row.get(at) else { continue };
                let widest = text.split('\n').map(|line| fonts.width(line, Weight::Regular)).fold(0.0, f32::max);
                measure.natural = measure.natural.max(widest);
                if numeric {
                    measure.least = measure.least.max(widest.min(2.0 * enough));
                } else if widest > measure.least {
                    measure.least = measure.least.max(longest_word(fonts, text, Weight::Regular, enough));
                }
            }
            measure.natural = measure.natural.max(measure.least);
            measure
        };
        (0..self.headings.len()).map(column).collect()
    }

    /// Whether it fits `room` in one strip at the size people like to read.
    pub(super) fn fits(&self, fonts: &Fonts, room: f32) -> bool {
        needed(&self.measure(fonts, room), SIZES[0]) <= room
    }
}

fn needed(columns: &[Measure], size: f32) -> f32 {
    columns.iter().map(|column| column.least * size + 2.0 * PAD).sum()
}

/// Columns side by side: their numbers and widths.
type Strip = Vec<(usize, f32)>;

/// Which columns stand side by side, and the font size.
fn strips(columns: &[Measure], room: f32) -> (f32, Vec<Strip>) {
    let size = SIZES.into_iter().find(|size| needed(columns, *size) <= room);
    if let Some(size) = size {
        let all: Vec<usize> = (0..columns.len()).collect();
        return (size, vec![share(columns, &all, size, room)]);
    }
    let size = SIZES[SIZES.len() - 1];
    let least = |at: usize| (columns[at].least * size + 2.0 * PAD).min(room);
    // The first column says what a row is about, so it leads every strip, unless it leaves the others no room.
    let leads = least(0) <= room / 3.0;
    let mut parts: Vec<Vec<usize>> = vec![Vec::new()];
    let mut used = 0.0;
    for at in 0..columns.len() {
        let full = used + least(at) > room && parts.last().is_some_and(|part| !part.is_empty());
        if full {
            parts.push(if leads { vec![0] } else { Vec::new() });
            used = if leads { least(0) } else { 0.0 };
        }
        if let Some(part) = parts.last_mut() {
            part.push(at);
        }
        used += least(at);
    }
    (size, parts.iter().map(|part| share(columns, part, size, room)).collect())
}

/// Gives each column what it must have, then shares the rest by what they would like.
fn share(columns: &[Measure], part: &[usize], size: f32, room: f32) -> Strip {
    let least: f32 = part.iter().map(|at| columns[*at].least * size + 2.0 * PAD).sum();
    let wish: f32 = part.iter().map(|at| (columns[*at].natural - columns[*at].least) * size).sum();
    let spare = (room - least).max(0.0);
    // Narrow tables stay narrow: numbers far from their names are hard to read.
    let given = if wish > 0.0 { (spare / wish).min(1.0) } else { 0.0 };
    let width = |at: &usize| {
        let column = columns[*at];
        (*at, (column.least * size + 2.0 * PAD + (column.natural - column.least) * size * given).min(room))
    };
    part.iter().map(width).collect()
}

/// What is needed to draw a row.
struct Pen<'a> {
    fonts: &'a Fonts,
    grid: &'a Grid,
    strip: &'a Strip,
}

pub(super) fn draw(flow: &mut Flow, fonts: &Fonts, grid: &Grid) {
    if grid.headings.is_empty() {
        return;
    }
    let columns = grid.measure(fonts, flow.room());
    let (size, strips) = strips(&columns, flow.room());
    for strip in &strips {
        if strips.len() > 1 {
            let own: Vec<usize> = strip.iter().map(|(at, _)| at + 1).filter(|at| *at > 1 || strip.len() == 1).collect();
            let (from, to) = (own.first().copied().unwrap_or(1), own.last().copied().unwrap_or(1));
            let caption = grid.strip.replace("{from}", &from.to_string()).replace("{to}", &to.to_string());
            let caption = caption.replace("{all}", &grid.headings.len().to_string());
            let element = flow.element(None, Role::Paragraph);
            flow.need(60.0);
            flow.lines(Mark::Element(element), MARGIN, Style::regular(7.5), BLACK, vec![caption]);
        }
        Pen { fonts, grid, strip }.table(flow, size);
        flow.y += 6.0;
    }
}

impl Pen<'_> {
    fn table(&self, flow: &mut Flow, size: f32) {
        let (header, style) = (Style::bold(size), Style::regular(size));
        let headings = self.wrapped(&self.grid.headings, header);
        let header_height = height(&headings, header);
        let repeats = header_height <= flow.body() / 3.0;
        flow.need(header_height + 2.0 * (style.leading() + 2.0 * GAP));

        let table = flow.element(None, Role::Table(self.grid.summary.clone()));
        let head = flow.element(Some(table), Role::Head);
        let row = flow.element(Some(head), Role::Row);
        let cells: Vec<usize> = self.strip.iter().map(|_| flow.element(Some(row), Role::ColumnHeader)).collect();
        let again = |flow: &mut Flow| {
            if repeats {
                self.band(flow, header_height);
                self.part(flow, &headings, header, |_| Mark::Repeated, 0, usize::MAX);
            }
        };
        self.band(flow, header_height);
        self.row(flow, &headings, header, &cells, |_| {});

        if self.grid.rows.is_empty() {
            return;
        }
        let body = flow.element(Some(table), Role::Body);
        for texts in &self.grid.rows {
            let row = flow.element(Some(body), Role::Row);
            let role = |at: usize| if at == 0 && !self.grid.numeric[0] { Role::RowHeader } else { Role::Cell };
            let cells: Vec<usize> = self.strip.iter().map(|(at, _)| flow.element(Some(row), role(*at))).collect();
            self.row(flow, &self.wrapped(texts, style), style, &cells, again);
            let right = MARGIN + self.strip.iter().map(|(_, width)| width).sum::<f32>();
            flow.rule((MARGIN, flow.y), (right, flow.y));
        }
    }

    fn wrapped(&self, texts: &[String], style: Style) -> Vec<Vec<String>> {
        let column = |(at, width): &(usize, f32)| {
            // A hair more, so that a column as wide as its widest text does not break it for a rounding error.
            texts.get(*at).map(|text| wrap(self.fonts, text, style, width - 2.0 * PAD + 0.05)).unwrap_or_default()
        };
        self.strip.iter().map(column).collect()
    }

    /// A row, on the next page if it does not fit on this one, on several if it fits on none.
    fn row(
        &self,
        flow: &mut Flow,
        lines: &[Vec<String>],
        style: Style,
        cells: &[usize],
        mut turned: impl FnMut(&mut Flow),
    ) {
        let mark = |at: usize| cells.get(at).map_or(Mark::Layout, |cell| Mark::Element(*cell));
        let whole = height(lines, style);
        if whole > flow.left() && whole <= flow.body() * 0.6 {
            flow.turn();
            turned(flow);
        }
        let count = lines.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let mut from = 0;
        while from < count {
            let room = |flow: &Flow| ((flow.left() - 2.0 * GAP) / style.leading()).floor().max(0.0) as usize;
            let mut fitting = room(flow);
            if fitting == 0 {
                flow.turn();
                turned(flow);
                fitting = room(flow).max(1);
            }
            let to = count.min(from + fitting);
            self.part(flow, lines, style, mark, from, to);
            from = to;
        }
    }

    /// Lines `from..to` of every cell of a row.
    fn part(
        &self,
        flow: &mut Flow,
        lines: &[Vec<String>],
        style: Style,
        mark: impl Fn(usize) -> Mark,
        from: usize,
        to: usize,
    ) {
        let mut x = MARGIN;
        let mut deepest = 0;
        for (place, (at, width)) in self.strip.iter().enumerate() {
            let cell = lines.get(place).map(Vec::as_slice).unwrap_or_default();
            let shown = cell.get(from.min(cell.len())..to.min(cell.len())).unwrap_or_default();
            for (line, text) in shown.iter().enumerate() {
                let indent =
                    if self.grid.numeric[*at] { width - PAD - line_width(self.fonts, text, style) } else { PAD };
                let top = flow.y + GAP + line as f32 * style.leading();
                flow.text(mark(place), (x + indent, top), style, BLACK, text.clone());
            }
            deepest = deepest.max(shown.len());
            x += width;
        }
        flow.y += deepest.max(1) as f32 * style.leading() + 2.0 * GAP;
    }

    /// The shade behind a header.
    fn band(&self, flow: &mut Flow, height: f32) {
        let width = self.strip.iter().map(|(_, width)| width).sum();
        let height = height.min(flow.left());
        let shape = super::flow::Shape::Area { x: MARGIN, y: flow.y, width, height, ink: SHADE };
        flow.draw(Mark::Layout, shape);
    }
}

fn height(lines: &[Vec<String>], style: Style) -> f32 {
    lines.iter().map(Vec::len).max().unwrap_or(0).max(1) as f32 * style.leading() + 2.0 * GAP
}

#[cfg(test)]
mod tests {
    use super::super::flow::Shape;
    use super::*;

    #[test]
    fn a_wide_table_is_cut_into_strips_that_hold_every_column() {
        let columns = vec![Measure { natural: 10.0, least: 8.0 }; 30];
        let (size, strips) = strips(&columns, 511.0);
        assert!(strips.len() > 1);
        assert!(
            strips.iter().all(|strip| strip[0].0 == 0 && strip.iter().map(|(_, width)| width).sum::<f32>() <= 511.1)
        );
        let mut shown: Vec<usize> = strips.iter().flatten().map(|(at, _)| *at).collect();
        shown.sort_unstable();
        shown.dedup();
        assert_eq!((shown, size), ((0..30).collect(), 6.5));
    }

    /// However high a cell is, its lines stay between the margins, in order, each on one page.
    #[test]
    fn a_cell_higher_than_pages_is_continued_on_the_next() {
        let fonts = Fonts::new(&[]).expect("our fonts");
        let lines: Vec<String> = (0..400).map(|line| format!("L{line}")).collect();
        for above in [0.0, 300.0, 700.0, 740.0, 745.0] {
            let mut flow = Flow::new(false);
            flow.y += above;
            let grid = Grid {
                headings: vec!["A".to_owned(), "B".to_owned()],
                numeric: vec![false, false],
                rows: vec![["x".to_owned(), lines.join("\n")].into(), ["y".to_owned(), "z".to_owned()].into()],
                summary: String::new(),
                strip: "",
            };
            draw(&mut flow, &fonts, &grid);
            let mut seen = Vec::new();
            for (mark, shape) in flow.pages.iter().flatten() {
                let Shape::Text { y, text, .. } = shape else { continue };
                assert!((MARGIN..=flow.bottom()).contains(y), "{text} stands at {y}");
                if matches!(mark, Mark::Element(_)) && text.starts_with('L') {
                    seen.push(text.clone());
                }
            }
            assert_eq!(seen, lines);
        }
    }
}
