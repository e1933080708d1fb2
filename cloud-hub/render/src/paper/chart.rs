//! A chart on the page: axes with round numbers, lines or bars, a legend, and the numbers in words for those who do
//! not see it.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::flow::{BLACK, Flow, GREY, Ink, MARGIN, Mark, RULE, Role, Shape};
use super::font::Fonts;
use super::wrap::{Style, line_width, wrap};
use crate::{Chart, ChartKind, Locale};

const HEIGHT: f32 = 120.0;
const SMALL: Style = Style::regular(7.0);
/// Points up to which the alternative text says every number.
const SPOKEN: usize = 120;

/// Told apart by people who see colours differently (Okabe and Ito, "Color Universal Design", 2008), without the yellow
/// that white paper swallows.
const INKS: [Ink; 7] = [
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0x00, 0x9e, 0x73],
    [0xcc, 0x79, 0xa7],
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
    [0x1a, 0x1a, 0x1a],
];
/// And by those who see none.
const DASHES: [&[f32]; 4] = [&[], &[5.0, 2.0], &[1.5, 1.5], &[6.0, 2.0, 1.5, 2.0]];

/// The values on the upright axis.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// Round numbers around what is shown; bars stand on nothing.
    fn around(values: impl Iterator<Item = f64>, with_zero: bool) -> Option<Self> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            (low, high) = (low.min(value), high.max(value));
        }
        if !low.is_finite() || !high.is_finite() {
            return None;
        }
        // A line far from zero would be flat if zero had to be seen.
        if with_zero || (low > 0.0 && low < high * 0.5) || (high < 0.0 && high > low * 0.5) {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if high - low <= f64::EPSILON * high.abs().max(low.abs()) {
            let around = if high == 0.0 { 1.0 } else { high.abs() * 0.1 };
            (low, high) = (low - around, high + around);
        }
        let rough = (high - low) / 4.0;
        let magnitude = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|round| round * magnitude).find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        Some(Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step })
    }

    fn ticks(self) -> impl Iterator<Item = f64> {
        let count = ((self.high - self.low) / self.step).round().clamp(1.0, 20.0) as u32;
        (0..=count).map(move |at| self.low + f64::from(at) * self.step)
    }

    /// A tick in words, with as many digits as the step has.
    fn label(self, value: f64, locale: Locale) -> String {
        let digits = (-self.step.log10().floor()).max(0.0) as u32 + u32::from(has_half(self.step));
        // Zero is not always hit exactly by adding steps.
        let value = if value.abs() < self.step * 1e-9 { 0.0 } else { value };
        match Decimal::from_f64(value) {
            Some(value) => locale.number(value, Some(digits.min(12))),
            None => format!("{value:e}"),
        }
    }
}

/// Whether a step is 2.5 of its magnitude.
fn has_half(step: f64) -> bool {
    let lead = step / 10_f64.powf(step.log10().floor());
    (lead - 2.5).abs() < 1e-6
}

/// Where the plot lies on the page.
#[derive(Clone, Copy)]
struct Plot {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
    scale: Scale,
}

impl Plot {
    fn y(&self, value: f64) -> f32 {
        let part = (value - self.scale.low) / (self.scale.high - self.scale.low);
        self.top + self.height * (1.0 - part as f32)
    }

    /// The middle of the room of point `at` of `count`.
    fn x(&self, at: usize, count: usize) -> f32 {
        self.left + self.width * (at as f32 + 0.5) / count as f32
    }
}

/// `chart` has been prepared: its words can be set.
pub(super) fn draw(flow: &mut Flow, fonts: &Fonts, chart: &Chart, locale: Locale) {
    let title = match chart.unit.as_str() {
        "" => chart.title.clone(),
        unit => format!("{} ({unit})", chart.title),
    };
    let style = Style::bold(8.5);
    let lines = wrap(fonts, &title, style, flow.room());
    flow.need(HEIGHT + 60.0);
    let caption = flow.element(None, Role::Caption);
    flow.lines(Mark::Element(caption), MARGIN, style, BLACK, lines);
    flow.y += 3.0;

    let points = chart.series.iter().flat_map(|series| &series.values).flatten().filter_map(|value| value.to_f64());
    let Some(scale) = Scale::around(points, chart.kind == ChartKind::Bar) else { return };
    flow.need(HEIGHT + 30.0);
    let page = flow.page();
    let figure = flow.element(None, Role::Figure { alt: spoken(chart, &title, locale), place: None });
    let mark = Mark::Element(figure);
    let top = flow.y;

    let labels: Vec<(f64, String)> = scale.ticks().map(|value| (value, scale.label(value, locale))).collect();
    let widest = labels.iter().map(|(_, label)| line_width(fonts, label, SMALL)).fold(0.0, f32::max);
    let plot =
        Plot { left: MARGIN + widest + 5.0, top: top + 4.0, width: flow.room() - widest - 5.0, height: HEIGHT, scale };
    for (value, label) in labels {
        let y = plot.y(value);
        let x = plot.left - 4.0 - line_width(fonts, &label, SMALL);
        flow.text(mark, (x, y - SMALL.size * 0.68), SMALL, GREY, label);
        let ink = if value == 0.0 { GREY } else { RULE };
        let points = vec![(plot.left, y), (plot.left + plot.width, y)];
        flow.draw(mark, Shape::Path { points, width: 0.5, ink, dash: &[] });
    }
    match chart.kind {
        ChartKind::Line => lines_of(flow, mark, chart, plot),
        ChartKind::Bar => bars_of(flow, mark, chart, plot),
    }
    flow.y = plot.top + plot.height + 3.0;
    names(flow, fonts, mark, chart, plot);
    let drawn = [MARGIN, top, MARGIN + flow.room(), flow.y];
    if let Some(Role::Figure { place, .. }) = flow.elements.get_mut(figure).map(|element| &mut element.role) {
        *place = Some((page, drawn));
    }
    legend(flow, fonts, chart);
    flow.y += 8.0;
}

fn lines_of(flow: &mut Flow, mark: Mark, chart: &Chart, plot: Plot) {
    let count = chart.labels.len();
    for (number, series) in chart.series.iter().enumerate() {
        let (ink, dash) = look(number);
        let mut points: Vec<(f32, f32)> = Vec::new();
        // One more, so that the last stretch is drawn too.
        for (at, value) in series.values.iter().chain([&None]).enumerate() {
            match value.and_then(|value| value.to_f64()) {
                Some(value) => points.push((plot.x(at, count), plot.y(value))),
                None => {
                    stretch(flow, mark, std::mem::take(&mut points), ink, dash);
                }
            }
        }
    }
}

/// Points without a gap between them; a lonely one is a dot.
fn stretch(flow: &mut Flow, mark: Mark, points: Vec<(f32, f32)>, ink: Ink, dash: &'static [f32]) {
    match points.as_slice() {
        [] => {}
        [(x, y)] => flow.draw(mark, Shape::Area { x: x - 1.5, y: y - 1.5, width: 3.0, height: 3.0, ink }),
        _ => flow.draw(mark, Shape::Path { points, width: 1.3, ink, dash }),
    }
}

fn bars_of(flow: &mut Flow, mark: Mark, chart: &Chart, plot: Plot) {
    let count = chart.labels.len();
    let group = plot.width / count as f32 * 0.8;
    let width = group / chart.series.len() as f32;
    let floor = plot.y(0.0);
    for (number, series) in chart.series.iter().enumerate() {
        let ink = look(number).0;
        for (at, value) in series.values.iter().enumerate() {
            let Some(value) = value.and_then(|value| value.to_f64()) else { continue };
            let x = plot.x(at, count) - group / 2.0 + width * number as f32;
            let (y, height) = (plot.y(value).min(floor), (plot.y(value) - floor).abs());
            if height > 0.0 {
                flow.draw(mark, Shape::Area { x, y, width: (width * 0.92).max(0.2), height, ink });
            }
        }
    }
}

/// As many labels as have room under their points.
fn names(flow: &mut Flow, fonts: &Fonts, mark: Mark, chart: &Chart, plot: Plot) {
    let count = chart.labels.len();
    let (mut free, right) = (plot.left - 2.0, plot.left + plot.width);
    for (at, label) in chart.labels.iter().enumerate() {
        let width = line_width(fonts, label, SMALL);
        let x = (plot.x(at, count) - width / 2.0).min(right - width).max(plot.left);
        if x >= free && x + width <= right + 0.5 && !label.contains('\n') {
            flow.text(mark, (x, flow.y), SMALL, GREY, label.clone());
            free = x + width + 6.0;
        }
    }
    flow.y += SMALL.leading();
}

/// Says which series is which, in lines of as many as have room.
fn legend(flow: &mut Flow, fonts: &Fonts, chart: &Chart) {
    const SWATCH: f32 = 16.0;
    let list = flow.element(None, Role::List);
    let mut x = MARGIN;
    for (number, series) in chart.series.iter().enumerate() {
        let lines = wrap(fonts, &series.name, SMALL, flow.room() - SWATCH);
        let widest = lines.iter().map(|line| line_width(fonts, line, SMALL)).fold(0.0, f32::max);
        if x > MARGIN && (x + SWATCH + widest > MARGIN + flow.room() || lines.len() > 1) {
            flow.y += SMALL.leading();
            x = MARGIN;
        }
        flow.need(SMALL.leading());
        let (ink, dash) = look(number);
        let y = flow.y + SMALL.leading() / 2.0;
        let swatch = match chart.kind {
            ChartKind::Line => Shape::Path { points: vec![(x, y), (x + 12.0, y)], width: 1.3, ink, dash },
            ChartKind::Bar => Shape::Area { x: x + 3.0, y: y - 3.0, width: 6.0, height: 6.0, ink },
        };
        flow.draw(Mark::Layout, swatch);
        let item = flow.element(Some(list), Role::Item);
        let body = Mark::Element(flow.element(Some(item), Role::ItemBody));
        let many = lines.len() > 1;
        if many {
            flow.lines(body, x + SWATCH, SMALL, BLACK, lines);
            x = MARGIN;
        } else {
            let name = lines.into_iter().next().unwrap_or_default();
            flow.text(body, (x + SWATCH, flow.y), SMALL, BLACK, name);
            x += SWATCH + widest + 14.0;
        }
    }
    if x > MARGIN {
        flow.y += SMALL.leading();
    }
}

fn look(number: usize) -> (Ink, &'static [f32]) {
    (INKS[number % INKS.len()], DASHES[number % DASHES.len()])
}

/// The chart in words.
fn spoken(chart: &Chart, title: &str, locale: Locale) -> String {
    let words = locale.words();
    let kind = match chart.kind {
        ChartKind::Line => words.line_chart,
        ChartKind::Bar => words.bar_chart,
    };
    let mut text = format!("{kind}: {title}.");
    for series in &chart.series {
        text.push_str(&format!(" {}: ", series.name));
        let points = chart.labels.iter().zip(&series.values);
        let said: Vec<String> = if chart.labels.len() * chart.series.len() <= SPOKEN {
            let say = |value: &Option<Decimal>| value.map_or("–".to_owned(), |value| locale.number(value, None));
            points.map(|(label, value)| format!("{label} {}", say(value))).collect()
        } else {
            let known: Vec<(&String, Decimal)> = points.filter_map(|(label, value)| Some((label, (*value)?))).collect();
            let least = known.iter().min_by_key(|(_, value)| *value);
            let most = known.iter().max_by_key(|(_, value)| *value);
            let ends = [known.first(), least, most, known.last()];
            ends.into_iter()
                .flatten()
                .map(|(label, value)| format!("{label} {}", locale.number(*value, None)))
                .collect()
        };
        text.push_str(&said.join("; "));
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_few_round_numbers_around_the_values() {
        let scale = |values: &[f64], zero| Scale::around(values.iter().copied(), zero).expect("a scale");
        assert_eq!(scale(&[3.0, 97.0], true), Scale { low: 0.0, high: 100.0, step: 25.0 });
        assert_eq!(scale(&[-4.0, 12.0], true), Scale { low: -5.0, high: 15.0, step: 5.0 });
        assert_eq!(scale(&[1000.0, 1010.0], false), Scale { low: 1000.0, high: 1010.0, step: 2.5 });
        assert!(Scale::around([].into_iter(), true).is_none());
        let flat = scale(&[7.0, 7.0], false);
        assert!(flat.low < 7.0 && flat.high > 7.0);
        for values in [[1e-9, 3e-9], [-5e20, 8e27], [0.0, 0.0]] {
            let scale = scale(&values, false);
            assert!((2..=11).contains(&scale.ticks().count()), "{scale:?}");
        }
    }
}
