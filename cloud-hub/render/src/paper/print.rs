//! The finished pages as a tagged PDF: PDF/A-2a for the archive and PDF/UA-1 for those who have it read to them.

use std::num::NonZeroU16;

use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, BBox, ContentTag, Identifier, ListNumbering, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};
use krilla::{Document, SerializeSettings};

use super::flow::{Flow, Ink, Mark, Role, Shape};
use super::font::Fonts;
use crate::{RenderError, Report};

pub(super) fn print(flow: Flow, fonts: &Fonts, report: &Report) -> Result<Vec<u8>, RenderError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|why| RenderError::Pdf(format!("{why:?}")))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let mut leaves: Vec<Vec<Identifier>> = vec![Vec::new(); flow.elements.len()];

    for marks in &flow.pages {
        let settings = PageSettings::from_wh(flow.width, flow.height).unwrap_or_default();
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let mut rest = marks.as_slice();
        while let Some((mark, _)) = rest.first() {
            // Marks of one element that follow each other are one piece of marked content.
            let same = rest.iter().take_while(|(other, _)| other == mark).count();
            let (together, after) = rest.split_at(same);
            let piece = surface.start_tagged(tag(*mark));
            together.iter().for_each(|(_, shape)| draw(&mut surface, fonts, shape));
            surface.end_tagged();
            if let Mark::Element(element) = mark {
                leaves[*element].push(piece);
            }
            rest = after;
        }
        surface.finish();
        page.finish();
    }

    let mut tree = TagTree::new().with_lang(Some(report.locale.tag().to_owned()));
    for root in &flow.roots {
        if let Some(group) = grow(&flow, &leaves, *root) {
            tree.push(group);
        }
    }
    document.set_tag_tree(tree);
    let mut outline = Outline::new();
    for mark in &flow.bookmarks {
        let place = XyzDestination::new(mark.page, Point::from_xy(0.0, mark.y));
        outline.push_child(OutlineNode::new(mark.text.clone(), place));
    }
    document.set_outline(outline);
    document.set_metadata(metadata(report));
    document.finish().map_err(|why| RenderError::Pdf(describe(&why)))
}

fn describe(why: &KrillaError) -> String {
    match why {
        KrillaError::Validation(errors) => {
            format!("{why}: {:?}", errors.iter().map(|(error, _)| error).take(5).collect::<Vec<_>>())
        }
        why => why.to_string(),
    }
}

fn metadata(report: &Report) -> Metadata {
    let at = report.as_of.to_zoned(jiff::tz::TimeZone::UTC);
    let date = DateTime::new(at.year().max(0).unsigned_abs())
        .month(at.month().unsigned_abs())
        .day(at.day().unsigned_abs())
        .hour(at.hour().unsigned_abs())
        .minute(at.minute().unsigned_abs())
        .second(at.second().unsigned_abs())
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    let clean = |text: &str| text.replace(char::is_control, " ");
    let title = if report.title.trim().is_empty() { "–".to_owned() } else { clean(&report.title) };
    let mut metadata = Metadata::new()
        .title(title)
        .language(report.locale.tag().to_owned())
        .creator("VyavsAI".to_owned())
        .creation_date(date);
    if !report.organization.is_empty() {
        metadata = metadata.authors(vec![clean(&report.organization)]);
    }
    metadata
}

fn tag(mark: Mark) -> ContentTag<'static> {
    match mark {
        Mark::Element(_) => ContentTag::Span(SpanTag::empty()),
        Mark::Header => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Header)),
        Mark::Footer => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)),
        Mark::Repeated => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
        Mark::Layout => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
    }
}

/// The element with all below it.
fn grow(flow: &Flow, leaves: &[Vec<Identifier>], at: usize) -> Option<TagGroup> {
    let element = flow.elements.get(at)?;
    let mut group = TagGroup::new(kind(&element.role));
    for child in &element.children {
        if let Some(child) = grow(flow, leaves, *child) {
            group.push(child);
        }
    }
    leaves.get(at)?.iter().for_each(|leaf| group.push(*leaf));
    // Only cells may be empty: without them a row would lose its columns.
    let bare = group.children.is_empty() && !matches!(element.role, Role::Cell | Role::ColumnHeader | Role::RowHeader);
    (!bare).then_some(group)
}

fn kind(role: &Role) -> TagKind {
    let level = |level: u16| NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
    match role {
        Role::Title(text) => Tag::Hn(level(1), Some(text.clone())).into(),
        Role::Heading(text) => Tag::Hn(level(2), Some(text.clone())).into(),
        Role::Caption | Role::Paragraph => Tag::P.into(),
        Role::List => Tag::L(ListNumbering::None).into(),
        Role::Item => Tag::LI.into(),
        Role::ItemBody => Tag::LBody.into(),
        Role::Table(summary) => Tag::Table.with_summary(Some(summary.clone())).into(),
        Role::Head => Tag::THead.into(),
        Role::Body => Tag::TBody.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnHeader => Tag::TH(TableHeaderScope::Column).into(),
        Role::RowHeader => Tag::TH(TableHeaderScope::Row).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure { alt, place } => {
            let rect = place.and_then(|(page, [left, top, right, bottom])| {
                Some(BBox::new(page, Rect::from_ltrb(left, top, right, bottom)?))
            });
            Tag::Figure(Some(alt.clone())).with_bbox(rect).into()
        }
    }
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, shape: &Shape) {
    match shape {
        Shape::Text { x, y, style, ink, text } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            for run in fonts.runs(text, style.weight) {
                let start = Point::from_xy(x + run.offset * style.size, *y);
                surface.draw_glyphs(start, &run.glyphs, run.font, text, style.size, false);
            }
        }
        Shape::Area { x, y, width, height, ink } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.set_stroke(None);
                surface.set_fill(Some(fill(*ink)));
                surface.draw_path(&path);
            }
        }
        Shape::Path { points, width, ink, dash } => {
            let mut path = PathBuilder::new();
            for (at, (x, y)) in points.iter().enumerate() {
                if at == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
            }
            if let Some(path) = path.finish() {
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke {
                    paint: colour(*ink).into(),
                    width: *width,
                    opacity: NormalizedF32::ONE,
                    dash: (!dash.is_empty()).then(|| StrokeDash { array: dash.to_vec(), offset: 0.0 }),
                    ..Stroke::default()
                }));
                surface.draw_path(&path);
            }
        }
    }
}

fn colour([red, green, blue]: Ink) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn fill(ink: Ink) -> Fill {
    Fill { paint: colour(ink).into(), ..Fill::default() }
}
