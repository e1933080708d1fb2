//! Pages being filled from top to bottom, and the tree that says what each mark on them is.
//!
//! Marks are collected before anything is drawn, because "page 3 of 17" needs to know the 17.

use super::wrap::Style;

/// A4 upright, in points.
const SHORT: f32 = 595.28;
const LONG: f32 = 841.89;
/// Around the content.
pub(super) const MARGIN: f32 = 42.0;
/// What the lines above and below the content need of the margin and beyond.
const HEAD: f32 = 60.0;
const FOOT: f32 = 54.0;

/// A colour, red green blue.
pub(super) type Ink = [u8; 3];
pub(super) const BLACK: Ink = [0x1a, 0x1a, 0x1a];
/// Still 7:1 against white (WCAG 2.2, 1.4.6).
pub(super) const GREY: Ink = [0x55, 0x55, 0x55];
pub(super) const RULE: Ink = [0xcc, 0xcc, 0xcc];
pub(super) const SHADE: Ink = [0xf0, 0xf2, 0xf4];

/// What a mark is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Content: an element of the tree.
    Element(usize),
    /// The line above the content.
    Header,
    /// The line below.
    Footer,
    /// A table's header, said once already.
    Repeated,
    /// Rules and shades.
    Layout,
}

/// Something to draw.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// A line of prepared text from `x` with its baseline at `y`.
    Text { x: f32, y: f32, style: Style, ink: Ink, text: String },
    /// A filled rectangle.
    Area { x: f32, y: f32, width: f32, height: f32, ink: Ink },
    /// A line through points.
    Path { points: Vec<(f32, f32)>, width: f32, ink: Ink, dash: &'static [f32] },
}

/// An element of the structure tree (ISO 32000-1, 14.8.4).
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Role {
    Title(String),
    Heading(String),
    Caption,
    Paragraph,
    List,
    Item,
    ItemBody,
    Table(String),
    Head,
    Body,
    Row,
    ColumnHeader,
    RowHeader,
    Cell,
    /// With its alternative text, and page and rectangle once drawn.
    Figure {
        alt: String,
        place: Option<(usize, [f32; 4])>,
    },
}

/// An element and where it hangs.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) role: Role,
    pub(super) children: Vec<usize>,
}

/// Where a bookmark leads.
#[derive(Debug)]
pub(super) struct Bookmark {
    pub(super) text: String,
    pub(super) page: usize,
    pub(super) y: f32,
}

/// The pages so far.
pub(super) struct Flow {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) pages: Vec<Vec<(Mark, Shape)>>,
    /// In document order; those without parent are `roots`.
    pub(super) elements: Vec<Element>,
    pub(super) roots: Vec<usize>,
    pub(super) bookmarks: Vec<Bookmark>,
    /// The top of what comes next.
    pub(super) y: f32,
}

impl Flow {
    pub(super) fn new(landscape: bool) -> Self {
        let (width, height) = if landscape { (LONG, SHORT) } else { (SHORT, LONG) };
        Self {
            width,
            height,
            pages: vec![Vec::new()],
            elements: Vec::new(),
            roots: Vec::new(),
            bookmarks: Vec::new(),
            y: MARGIN,
        }
    }

    /// Between the margins.
    pub(super) fn room(&self) -> f32 {
        self.width - 2.0 * MARGIN
    }

    /// The content's room of a page of this kind.
    pub(super) fn room_of(landscape: bool) -> f32 {
        (if landscape { LONG } else { SHORT }) - 2.0 * MARGIN
    }

    /// What a page other than the first holds from top to bottom.
    pub(super) fn body(&self) -> f32 {
        self.bottom() - HEAD
    }

    pub(super) fn bottom(&self) -> f32 {
        self.height - FOOT
    }

    /// What is left of this page.
    pub(super) fn left(&self) -> f32 {
        self.bottom() - self.y
    }

    pub(super) fn page(&self) -> usize {
        self.pages.len() - 1
    }

    pub(super) fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = HEAD;
    }

    /// Turns the page unless `height` is left of it. What is higher than a page begins where it stands.
    pub(super) fn need(&mut self, height: f32) {
        let fresh = self.pages.last().is_none_or(Vec::is_empty);
        if self.left() < height && !fresh {
            self.turn();
        }
    }

    pub(super) fn element(&mut self, parent: Option<usize>, role: Role) -> usize {
        let at = self.elements.len();
        self.elements.push(Element { role, children: Vec::new() });
        match parent.and_then(|parent| self.elements.get_mut(parent)) {
            Some(parent) => parent.children.push(at),
            None => self.roots.push(at),
        }
        at
    }

    pub(super) fn draw(&mut self, mark: Mark, shape: Shape) {
        if let Some(page) = self.pages.last_mut() {
            page.push((mark, shape));
        }
    }

    /// A line of text whose top is `top`.
    pub(super) fn text(&mut self, mark: Mark, (x, top): (f32, f32), style: Style, ink: Ink, text: String) {
        if !text.is_empty() {
            self.draw(mark, Shape::Text { x, y: top + style.ascent(), style, ink, text });
        }
    }

    /// A straight line that means nothing.
    pub(super) fn rule(&mut self, from: (f32, f32), to: (f32, f32)) {
        self.draw(Mark::Layout, Shape::Path { points: vec![from, to], width: 0.5, ink: RULE, dash: &[] });
    }

    /// Lines one below the other, over as many pages as they need.
    pub(super) fn lines(&mut self, mark: Mark, x: f32, style: Style, ink: Ink, lines: Vec<String>) {
        for line in lines {
            self.need(style.leading());
            self.text(mark, (x, self.y), style, ink, line);
            self.y += style.leading();
        }
    }

    pub(super) fn bookmark(&mut self, text: &str) {
        self.bookmarks.push(Bookmark { text: text.to_owned(), page: self.page(), y: self.y });
    }
}
