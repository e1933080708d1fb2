//! PDF on A4: tagged, with embedded fonts, so that it can be read aloud, copied from and archived.
//!
//! Every page says what it belongs to and "page x of y"; a table repeats its header on each page, breaks long words
//! rather than cutting them, and continues in further strips of columns when it is too wide even in landscape. What
//! has no shape in the fonts is shown as �, counted in the notes, and kept in the text layer.
//!
//! Pages are laid out at the end, when their number is known, so the rows of a PDF are kept until then, and the
//! document with them: about 1.5 KiB a cell. [`PdfOptions::max_cells`] is where a PDF is refused rather than cut.

mod chart;
mod figures;
mod flow;
mod font;
mod print;
mod table;
mod wrap;

use std::io::Write;

use crate::export::Backend;
use crate::{Cell, Chart, Column, Kpi, Receipt, RenderError, Report, Section, SectionReceipt, Series};

use self::figures::Figure;
use self::flow::{BLACK, Flow, GREY, MARGIN, Mark, Role};
use self::font::Fonts;
use self::table::Grid;
use self::wrap::{Style, line_width, wrap};

/// How the PDF is made.
#[derive(Clone, Debug)]
pub struct PdfOptions {
    /// Cells of all tables together, beyond which the export fails: nobody reads so many, and they are held in memory.
    /// By default 200,000, which take about 300 MiB.
    pub max_cells: usize,
    /// Font files (TrueType or OpenType) asked in turn for characters that ours lack. Scripts whose letters
    /// change their form or direction (Arabic, Devanagari) are not set right by them.
    pub fallback_fonts: Vec<Vec<u8>>,
}

impl Default for PdfOptions {
    fn default() -> Self {
        Self { max_cells: 200_000, fallback_fonts: Vec::new() }
    }
}

/// A section as prepared text.
struct Chapter {
    heading: String,
    figures: Vec<Figure>,
    chart: Option<Chart>,
    grid: Grid,
    remarks: Vec<String>,
}

pub(crate) struct Paper<W: Write> {
    sink: W,
    report: Report,
    fonts: Fonts,
    columns: Vec<Column>,
    chapters: Vec<Chapter>,
    /// Characters of the open section without a shape.
    shapeless: u64,
    cells: usize,
    max_cells: usize,
}

impl<W: Write> Paper<W> {
    pub(crate) fn new(sink: W, report: &Report, options: PdfOptions) -> Result<Self, RenderError> {
        let fonts = Fonts::new(&options.fallback_fonts).map_err(|number| {
            RenderError::Option(format!("fallback font {number} is not a TrueType or OpenType font"))
        })?;
        Ok(Self {
            sink,
            report: report.clone(),
            fonts,
            columns: Vec::new(),
            chapters: Vec::new(),
            shapeless: 0,
            cells: 0,
            max_cells: options.max_cells,
        })
    }

    fn prepare(&mut self, text: &str) -> String {
        let (ready, shapeless) = self.fonts.prepare(text);
        self.shapeless += shapeless;
        ready.into_owned()
    }

    fn figure(&mut self, kpi: &Kpi) -> Figure {
        let (locale, zone) = (self.report.locale, self.report.timezone.clone());
        let mut value = locale.cell(&kpi.value, None, &zone);
        if let (Some(unit), None) = (&kpi.unit, kpi.value.unit()) {
            value = format!("{value}\u{a0}{unit}");
        }
        let comparison = kpi.comparison.as_ref().map(|comparison| {
            let shown = locale.cell(&comparison.value, None, &zone);
            let number = comparison.value.number().unwrap_or_default();
            let gain = comparison.is_change && number.is_sign_positive() && !number.is_zero();
            format!("{}{shown} {}", if gain { "+" } else { "" }, comparison.label)
        });
        Figure {
            label: self.prepare(&kpi.label),
            value: self.prepare(&value),
            comparison: self.prepare(&comparison.unwrap_or_default()),
        }
    }

    fn chart(&mut self, chart: &Chart) -> Chart {
        Chart {
            kind: chart.kind,
            title: self.prepare(&chart.title),
            unit: self.prepare(&chart.unit),
            labels: chart.labels.iter().map(|label| self.prepare(label)).collect(),
            series: chart
                .series
                .iter()
                .map(|series| Series { name: self.prepare(&series.name), values: series.values.clone() })
                .collect(),
        }
    }

    /// Everything on pages.
    fn lay_out(&mut self, receipt: &Receipt) -> Flow {
        let room = Flow::room_of(false);
        let landscape = self.chapters.iter().any(|chapter| !chapter.grid.fits(&self.fonts, room));
        let mut flow = Flow::new(landscape);
        self.front(&mut flow);
        for chapter in std::mem::take(&mut self.chapters) {
            self.chapter(&mut flow, chapter);
        }
        let words = self.report.locale.words();
        let rows = self.report.locale.number(receipt.rows.into(), None);
        self.paragraph(&mut flow, Style::bold(8.5), &format!("{}: {rows}", words.all_rows));
        self.running_lines(&mut flow);
        flow
    }

    /// What the report is about.
    fn front(&mut self, flow: &mut Flow) {
        let title = self.report.title.clone();
        let title = self.prepare(if title.trim().is_empty() { "–" } else { &title });
        flow.bookmark(&one_line(&title));
        let element = flow.element(None, Role::Title(one_line(&title)));
        let style = Style::bold(18.0);
        let lines = wrap(&self.fonts, &title, style, flow.room());
        flow.lines(Mark::Element(element), MARGIN, style, BLACK, lines);
        if !self.report.subtitle.is_empty() {
            let subtitle = self.report.subtitle.clone();
            self.paragraph(flow, Style::regular(11.0), &subtitle);
        }
        flow.y += 4.0;
        for (label, value) in self.report.preamble() {
            self.paragraph(flow, Style::regular(8.5), &format!("{label}: {value}"));
        }
        flow.y += 4.0;
        flow.rule((MARGIN, flow.y), (MARGIN + flow.room(), flow.y));
        flow.y += 8.0;
    }

    fn chapter(&mut self, flow: &mut Flow, chapter: Chapter) {
        // The heading stays with what it is about.
        flow.need(if chapter.chart.is_some() { 260.0 } else { 90.0 });
        if !chapter.heading.trim().is_empty() {
            flow.bookmark(&one_line(&chapter.heading));
            let element = flow.element(None, Role::Heading(one_line(&chapter.heading)));
            let style = Style::bold(12.5);
            let lines = wrap(&self.fonts, &chapter.heading, style, flow.room());
            flow.lines(Mark::Element(element), MARGIN, style, BLACK, lines);
            flow.y += 3.0;
        }
        figures::draw(flow, &self.fonts, &chapter.figures);
        if let Some(chart) = &chapter.chart {
            chart::draw(flow, &self.fonts, chart, self.report.locale);
        }
        table::draw(flow, &self.fonts, &chapter.grid);
        for remark in &chapter.remarks {
            self.paragraph(flow, Style::regular(7.5), remark);
        }
        flow.y += 12.0;
    }

    /// Prepares and sets a paragraph.
    fn paragraph(&mut self, flow: &mut Flow, style: Style, text: &str) {
        let text = self.fonts.prepare(text).0.into_owned();
        let lines = wrap(&self.fonts, &text, style, flow.room());
        let element = flow.element(None, Role::Paragraph);
        flow.lines(Mark::Element(element), MARGIN, style, BLACK, lines);
    }

    /// The lines above and below the content, now that the pages can be counted.
    fn running_lines(&self, flow: &mut Flow) {
        let style = Style::regular(7.5);
        let (width, height, room) = (flow.width, flow.height, flow.room());
        let words = self.report.locale.words();
        let head = match self.report.organization.as_str() {
            "" => self.report.title.clone(),
            organization => format!("{} · {organization}", self.report.title),
        };
        // The first page has all of it; here a line must do.
        let fit = |text: &str, room: f32| {
            let text = one_line(&self.fonts.prepare(text).0);
            let mut lines = wrap(&self.fonts, &text, style, room - 8.0);
            let more = lines.len() > 1;
            let first = lines.swap_remove(0);
            if more { format!("{}…", first.trim_end()) } else { first }
        };
        let head = fit(&head, room);
        let as_of = self.report.locale.timestamp(self.report.as_of, &self.report.timezone);
        let as_of = fit(&format!("{}: {as_of} ({})", words.as_of, self.report.zone_name()), room * 0.7);
        let pages = flow.pages.len();
        for (at, page) in flow.pages.iter_mut().enumerate() {
            let number = words.page.replace("{page}", &(at + 1).to_string()).replace("{pages}", &pages.to_string());
            let right = width - MARGIN - line_width(&self.fonts, &number, style);
            let mut line = |mark, x, y, text: &str| {
                page.push((mark, flow::Shape::Text { x, y, style, ink: GREY, text: text.to_owned() }));
            };
            if at > 0 {
                line(Mark::Header, MARGIN, 40.0, &head);
            }
            line(Mark::Footer, MARGIN, height - 30.0, &as_of);
            line(Mark::Footer, right, height - 30.0, &number);
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl<W: Write> Backend for Paper<W> {
    fn begin(&mut self, section: &Section) -> Result<(), RenderError> {
        let words = self.report.locale.words();
        let headings = section.columns.iter().map(|column| self.prepare(&column.heading())).collect();
        let figures = section.kpis.iter().map(|kpi| self.figure(kpi)).collect();
        let chart = section.chart.as_ref().map(|chart| self.chart(chart));
        let heading = self.prepare(&section.heading);
        self.columns.clone_from(&section.columns);
        self.chapters.push(Chapter {
            grid: Grid {
                headings,
                numeric: section.columns.iter().map(|column| column.kind.is_number()).collect(),
                rows: Vec::new(),
                summary: one_line(&heading),
                strip: words.columns,
            },
            heading,
            figures,
            chart,
            remarks: Vec::new(),
        });
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), RenderError> {
        self.cells += cells.len();
        if self.cells > self.max_cells {
            let (what, format) = ("cells", "a PDF (CSV and XLSX have no such limit; PdfOptions::max_cells)");
            return Err(RenderError::Limit { what, found: self.cells, format, max: self.max_cells });
        }
        let (locale, zone) = (self.report.locale, &self.report.timezone);
        let mut shapeless = 0;
        let texts = self.columns.iter().zip(cells).map(|(column, cell)| {
            let text = locale.cell(cell, Some(column), zone);
            let (ready, missing) = self.fonts.prepare(&text);
            shapeless += missing;
            ready.into_owned()
        });
        let texts: Box<[String]> = texts.collect();
        self.shapeless += shapeless;
        let Some(chapter) = self.chapters.last_mut() else { return Err(RenderError::NoSection) };
        chapter.grid.rows.push(texts);
        Ok(())
    }

    fn end(&mut self, receipt: &mut SectionReceipt) -> Result<(), RenderError> {
        let (locale, words) = (self.report.locale, self.report.locale.words());
        let shapeless = std::mem::take(&mut self.shapeless);
        if shapeless > 0 {
            receipt.notes.push(format!("{}: {shapeless}", words.shapeless));
        }
        let Some(chapter) = self.chapters.last_mut() else { return Ok(()) };
        if !self.columns.is_empty() {
            chapter.remarks.push(format!("{}: {}", words.rows, locale.number(receipt.rows.into(), None)));
        }
        for total in &receipt.totals {
            let sum = total.sum.map_or_else(|| total.digits(), |sum| locale.number(sum, None));
            chapter.remarks.push(format!("{} {}: {sum}", words.control_total, total.label()));
        }
        chapter.remarks.extend(receipt.gaps.iter().map(|gap| format!("{}: {gap}", words.gap)));
        chapter.remarks.extend(receipt.notes.iter().map(|note| format!("{}: {note}", words.note)));
        Ok(())
    }

    fn finish(mut self: Box<Self>, receipt: &mut Receipt) -> Result<(), RenderError> {
        let flow = self.lay_out(receipt);
        let bytes = print::print(flow, &self.fonts, &self.report)?;
        self.sink.write_all(&bytes)?;
        Ok(self.sink.flush()?)
    }
}
