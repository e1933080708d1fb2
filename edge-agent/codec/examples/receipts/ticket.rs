//! A ticket as it was rung: the truth that a receipt is judged by.

use jiff::civil::{DateTime, date};
use rand::Rng as _;
use rand::rngs::StdRng;
use vyavs_domain::money::Decimal;
use vyavs_domain::sale::{ReceiptKind, TenderKind};

/// One line, rung.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) sku: String,
    pub(crate) quantity: Decimal,
    pub(crate) unit: i64,
    pub(crate) weighed: bool,
    /// Taken off this line.
    pub(crate) off: i64,
    /// Which tax, an index into [`Shape::taxes`].
    pub(crate) letter: usize,
    /// Rung and undone again.
    pub(crate) voided: bool,
}

impl Line {
    pub(crate) fn gross(&self) -> i64 {
        let exact = self.quantity * Decimal::from(self.unit);
        let half = Decimal::new(5, 1);
        let rounded = if exact.is_sign_negative() { (exact - half).ceil() } else { (exact + half).floor() };
        i64::try_from(rounded).expect("prices are small")
    }

    pub(crate) fn total(&self) -> i64 {
        self.gross() - self.off
    }

    pub(crate) fn pieces(&self) -> i64 {
        if self.weighed { 1 } else { i64::try_from(self.quantity.abs()).expect("few") }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) number: u32,
    pub(crate) operator: u32,
    pub(crate) till: u32,
    pub(crate) closed: DateTime,
    pub(crate) kind: ReceiptKind,
    pub(crate) lines: Vec<Line>,
    /// Taken off the ticket.
    pub(crate) coupon: i64,
    /// Added on top, per letter.
    pub(crate) added: Vec<i64>,
    /// What was handed over.
    pub(crate) tenders: Vec<(TenderKind, i64)>,
    pub(crate) change: i64,
    /// Rounding of cash, or a tip.
    pub(crate) extra: i64,
}

/// What a layout can print.
pub(crate) struct Shape {
    pub(crate) names: &'static [&'static str],
    pub(crate) sku: bool,
    pub(crate) weights: bool,
    pub(crate) pieces: bool,
    pub(crate) line_off: bool,
    pub(crate) coupon: bool,
    pub(crate) voids: bool,
    pub(crate) returns: bool,
    /// Dearest piece, in cents.
    pub(crate) dearest: i64,
    /// In a thousandth of the price, per letter.
    pub(crate) taxes: &'static [i64],
    /// On top of the prices, not in them.
    pub(crate) tax_added: bool,
    /// Cash is rounded to this.
    pub(crate) cash_step: i64,
    pub(crate) tips: bool,
    pub(crate) seconds: bool,
}

impl Ticket {
    pub(crate) fn any(shape: &Shape, rng: &mut StdRng) -> Self {
        let kind = if shape.returns && rng.random_bool(0.06) { ReceiptKind::Return } else { ReceiptKind::Sale };
        let count = if rng.random_bool(0.01) { rng.random_range(40..120) } else { rng.random_range(1..16) };
        let mut lines: Vec<Line> = (0..count).map(|_| line(shape, kind, rng)).collect();
        if shape.voids && kind == ReceiptKind::Sale && rng.random_bool(0.1) {
            let at = rng.random_range(0..lines.len());
            let name = shape.names[rng.random_range(0..shape.names.len())];
            let undone = Line { name, off: 0, voided: true, ..lines[at].clone() };
            lines.insert(at, undone);
        }
        let day = date(2024, 1, 1).saturating_add(jiff::Span::new().days(rng.random_range(0..1_000_i64)));
        let second = if shape.seconds { rng.random_range(0..60) } else { 0 };
        let closed = day.at(rng.random_range(6..23), rng.random_range(0..60), second, 0);
        let mut ticket = Self {
            number: rng.random_range(1..999_999),
            operator: rng.random_range(1..400),
            till: rng.random_range(1..30),
            closed,
            kind,
            lines,
            coupon: 0,
            added: Vec::new(),
            tenders: Vec::new(),
            change: 0,
            extra: 0,
        };
        if shape.coupon && kind == ReceiptKind::Sale && rng.random_bool(0.12) && ticket.sum() > 300 {
            ticket.coupon = rng.random_range(1..ticket.sum() / 3);
        }
        if shape.tax_added {
            let taxed =
                |letter: usize| ticket.sold().filter(|line| line.letter == letter).map(Line::total).sum::<i64>();
            ticket.added = shape.taxes.iter().enumerate().map(|(at, rate)| (taxed(at) * rate + 500) / 1_000).collect();
        }
        ticket.pay(shape, rng);
        ticket
    }

    /// The lines that count.
    pub(crate) fn sold(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.voided)
    }

    pub(crate) fn sum(&self) -> i64 {
        self.sold().map(Line::total).sum()
    }

    pub(crate) fn total(&self) -> i64 {
        self.sum() - self.coupon + self.added.iter().sum::<i64>()
    }

    pub(crate) fn pieces(&self) -> i64 {
        self.sold().map(Line::pieces).sum()
    }

    pub(crate) fn cash(&self) -> bool {
        self.tenders.iter().any(|tender| tender.0 == TenderKind::Cash)
    }

    /// (letter, net, tax, gross) of what is in the prices; the coupon comes off the first letter that can bear it.
    pub(crate) fn included(&self, shape: &Shape) -> Vec<(usize, i64, i64, i64)> {
        let mut gross = vec![0_i64; shape.taxes.len()];
        let mut used = vec![false; shape.taxes.len()];
        for line in self.sold() {
            gross[line.letter] += line.total();
            used[line.letter] = true;
        }
        let most = (0..gross.len()).max_by_key(|at| gross[*at]).unwrap_or(0);
        gross[most] -= self.coupon;
        let row = |at: usize| {
            let net = (gross[at] * 1_000 + (1_000 + shape.taxes[at]) / 2).div_euclid(1_000 + shape.taxes[at]);
            (at, net, gross[at] - net, gross[at])
        };
        (0..gross.len()).filter(|at| used[*at]).map(row).collect()
    }

    fn pay(&mut self, shape: &Shape, rng: &mut StdRng) {
        let due = self.total();
        if self.kind == ReceiptKind::Return || due <= 0 {
            self.tenders.push((if rng.random_bool(0.5) { TenderKind::Cash } else { TenderKind::Card }, due));
            return;
        }
        let mut rest = due;
        if rng.random_bool(0.08) && due > 200 {
            let part = rng.random_range(1..due / 2);
            self.tenders.push((TenderKind::Voucher, part));
            rest -= part;
        }
        if rng.random_bool(0.5) {
            if shape.tips && rng.random_bool(0.6) {
                self.extra = rng.random_range(50..1_500);
            }
            return self.tenders.push((TenderKind::Card, rest + self.extra));
        }
        let rounded = (rest + shape.cash_step / 2) / shape.cash_step * shape.cash_step;
        self.extra = rounded - rest;
        let note = [shape.cash_step, 500, 1_000, 2_000, 5_000, 10_000][rng.random_range(0..6)];
        let given = (rounded + note - 1) / note * note;
        self.tenders.push((TenderKind::Cash, given));
        self.change = given - rounded;
    }
}

fn line(shape: &Shape, kind: ReceiptKind, rng: &mut StdRng) -> Line {
    let weighed = shape.weights && rng.random_bool(0.15);
    let mut quantity = if weighed {
        Decimal::new(rng.random_range(50..3_000), 3)
    } else if shape.pieces && rng.random_bool(0.25) {
        Decimal::from(rng.random_range(2..13))
    } else {
        Decimal::ONE
    };
    if kind == ReceiptKind::Return {
        quantity = -quantity;
    }
    let unit = if rng.random_bool(0.8) { rng.random_range(19..900) } else { rng.random_range(19..shape.dearest) };
    let mut line = Line {
        name: shape.names[rng.random_range(0..shape.names.len())],
        sku: if shape.sku { format!("{}", rng.random_range(1_000_000..9_999_999)) } else { String::new() },
        quantity,
        unit: if weighed { unit.min(4_000) } else { unit },
        weighed,
        off: 0,
        letter: rng.random_range(0..shape.taxes.len().max(1)),
        voided: false,
    };
    let gross = line.gross();
    if shape.line_off && kind == ReceiptKind::Sale && gross > 20 && rng.random_bool(0.12) {
        line.off = rng.random_range(1..gross * 3 / 4);
    }
    line
}
