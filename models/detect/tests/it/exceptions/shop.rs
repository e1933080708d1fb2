//! Simulated weeks of shops: honest habits, and schemes among them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;
use vyavs_detect::exceptions::{Limits, Shop, Tally, Watch};
use vyavs_domain::event::{TillEvent, TillEventKind};
use vyavs_domain::money::Decimal;
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_domain::time::BusinessDay;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scheme {
    /// Goods handed over unrung to somebody known, who comes back every day.
    Sweethearting,
    /// Refunds of nobody's goods.
    RefundFraud,
    /// A cash sale is undone after the customer has left.
    VoidAfterCash,
    /// Gift cards are loaded on tickets that are undone.
    GiftCards,
}

/// The shop, the cashier's number, and how.
pub(crate) type Thief = (u32, String, Scheme);

pub(crate) const GIFT_CARD: &str = "gift-card";

pub(crate) fn start() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().expect("an instant")
}

pub(crate) fn line(sku: &str, price_minor: i64, at: Timestamp) -> SaleLine {
    SaleLine {
        line_no: 1,
        sku: sku.to_owned(),
        name: String::new(),
        quantity: Decimal::ONE,
        unit_price: Decimal::new(price_minor, 2),
        discount_minor: 0,
        total_minor: price_minor,
        sold_at: at,
    }
}

pub(crate) fn ticket(kind: ReceiptKind, till: &str, operator: &str, at: Timestamp, lines: Vec<SaleLine>) -> Receipt {
    let total_minor = lines.iter().map(|line| line.total_minor).sum();
    Receipt {
        key: ReceiptKey {
            terminal: till.parse().expect("a name"),
            business_day: BusinessDay(at.to_zoned(jiff::tz::TimeZone::UTC).date()),
            number: at.as_second().to_string(),
        },
        kind,
        source: ReceiptSource::Journal,
        closed_at: at,
        currency: "GBP".parse().expect("a code"),
        total_minor,
        tax_minor: 0,
        discount_minor: 0,
        tenders: vec![Tender { kind: TenderKind::Cash, amount_minor: total_minor }],
        operator: Some(operator.to_owned()),
        customer: None,
        lines,
    }
}

pub(crate) fn event(till: &str, at: Timestamp, kind: TillEventKind) -> TillEvent {
    TillEvent { terminal: till.parse().expect("a name"), at, kind }
}

/// How often a cashier does what now and then is done honestly.
struct Habits {
    refund: f64,
    void: f64,
    line_void: f64,
    no_sale: f64,
    discount: f64,
    gap: f64,
}

impl Habits {
    fn of(dice: &mut ChaCha8Rng, shop: &[f64; 6]) -> Self {
        let mut rate = |at: usize| shop[at] * super::habit(dice);
        Self { refund: rate(0), void: rate(1), line_void: rate(2), no_sale: rate(3), discount: rate(4), gap: rate(5) }
    }
}

/// Shops, each with a week of 8 cashiers, and in every third of them one who steals by one of `schemes` in turn.
pub(crate) fn week(seed: u64, shops: u32, schemes: &[Scheme]) -> (Vec<Shop<u32>>, Vec<Thief>) {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let (mut all, mut thieves) = (Vec::new(), Vec::new());
    for shop in 0..shops {
        let usual = [0.015, 0.008, 0.012, 0.02, 0.03, 0.04].map(|rate: f64| rate * super::habit(&mut dice));
        let thief = (!schemes.is_empty() && shop % 3 == 0).then(|| {
            let scheme = schemes[shop as usize / 3 % schemes.len()];
            let operator = dice.random_range(1..=8_u32).to_string();
            thieves.push((shop, operator.clone(), scheme));
            (operator, scheme)
        });
        let mut watch = Watch::new(Limits { gift_cards: vec![GIFT_CARD.to_owned()] });
        let mut cashiers = BTreeMap::<String, Tally>::new();
        let habits: Vec<Habits> = (0..8).map(|_| Habits::of(&mut dice, &usual)).collect();
        for day in 0..7 {
            let mut acts = Vec::new();
            for (who, habits) in habits.iter().enumerate() {
                let operator = (who + 1).to_string();
                let steals = thief.as_ref().filter(|(thief, _)| *thief == operator).map(|(_, scheme)| *scheme);
                let begins = start() + SignedDuration::from_hours(24 * day) + SignedDuration::from_secs(who as i64);
                shift(&mut dice, &operator, begins, habits, steals, &mut acts);
            }
            acts.sort_by_key(|(at, _)| *at);
            for (n, (_, act)) in acts.iter().enumerate() {
                let id =
                    Uuid::from_u128(u128::from(seed) << 64 | u128::from(shop) << 32 | (day as u128) << 20 | n as u128);
                match act {
                    Act::Ticket(receipt) => watch.ticket(id, receipt),
                    Act::Event(event) => watch.event(id, event),
                }
            }
            for (operator, tally) in watch.take() {
                cashiers.entry(operator).or_default().add(&tally);
            }
        }
        all.push(Shop { shop, cashiers });
    }
    (all, thieves)
}

enum Act {
    Ticket(Receipt),
    Event(TillEvent),
}

/// Some 130 tickets of a day; a scheme is worked some four times a day.
fn shift(
    dice: &mut ChaCha8Rng,
    operator: &str,
    begins: Timestamp,
    habits: &Habits,
    scheme: Option<Scheme>,
    acts: &mut Vec<(Timestamp, Act)>,
) {
    let till = format!("till-{operator}");
    let mut at = begins;
    for n in 0..dice.random_range(100..160) {
        at += SignedDuration::from_secs(dice.random_range(60..300));
        let mut lines = Vec::new();
        let mut rung = at - SignedDuration::from_secs(60);
        for line_no in 1..=dice.random_range(1..12_u32) {
            rung += SignedDuration::from_secs(if dice.random_bool(habits.gap.min(1.0)) { 20 } else { 3 });
            let product = dice.random_range(0..300_i64);
            let mut one = line(&format!("p{product}"), 80 + product * 7 % 900, rung);
            one.line_no = line_no;
            if dice.random_bool(habits.discount.min(1.0)) {
                one.discount_minor = one.total_minor / 5;
                one.total_minor -= one.discount_minor;
            }
            lines.push(one);
        }
        let works = n % 30 == 17;
        let kind = match () {
            () if dice.random_bool(habits.refund.min(1.0)) => ReceiptKind::Return,
            () if dice.random_bool(habits.void.min(1.0)) => ReceiptKind::Void,
            () => ReceiptKind::Sale,
        };
        let mut sold = ticket(kind, &till, operator, at, lines);
        if dice.random_bool(0.6) {
            sold.tenders[0].kind = TenderKind::Card;
        }
        if dice.random_bool(0.5) {
            sold.customer = Some(format!("c{}", dice.random_range(0..4000)));
        }
        match scheme.filter(|_| works) {
            None => {}
            Some(Scheme::Sweethearting) => {
                sold.kind = ReceiptKind::Sale;
                sold.customer = Some("friend".to_owned());
                let mut rung = at - SignedDuration::from_secs(90);
                sold.lines.truncate(3);
                for line in &mut sold.lines {
                    rung += SignedDuration::from_secs(22);
                    line.sold_at = rung;
                    line.unit_price = Decimal::new(49, 2);
                    line.total_minor = 49;
                }
                sold.total_minor = sold.lines.iter().map(|line| line.total_minor).sum();
            }
            Some(Scheme::RefundFraud) => {
                let amount = 500 * dice.random_range(2..9);
                let back = ticket(
                    ReceiptKind::Return,
                    &till,
                    operator,
                    at + SignedDuration::from_secs(25),
                    vec![line("p1", -amount, at)],
                );
                acts.push((back.closed_at, Act::Ticket(back)));
            }
            Some(Scheme::VoidAfterCash) => {
                sold.kind = ReceiptKind::Sale;
                sold.tenders[0].kind = TenderKind::Cash;
                let mut undone = sold.clone();
                undone.kind = ReceiptKind::Void;
                undone.closed_at = at + SignedDuration::from_secs(30);
                undone.key.number.push('v');
                acts.push((undone.closed_at, Act::Ticket(undone)));
                let opened = at + SignedDuration::from_secs(50);
                acts.push((opened, Act::Event(event(&till, opened, TillEventKind::NoSale { id: None }))));
            }
            Some(Scheme::GiftCards) => {
                let card = ticket(
                    ReceiptKind::Void,
                    &till,
                    operator,
                    at + SignedDuration::from_secs(20),
                    vec![line(GIFT_CARD, 5000, at)],
                );
                acts.push((card.closed_at, Act::Ticket(card)));
            }
        }
        if dice.random_bool(habits.line_void.min(1.0)) {
            let taken = TillEventKind::LineVoided {
                receipt: sold.key.number.clone(),
                line_no: 1,
                sku: "p1".to_owned(),
                name: String::new(),
                amount_minor: dice.random_range(80..900),
                operator: Some(operator.to_owned()),
            };
            let taken = event(&till, at - SignedDuration::from_secs(5), taken);
            acts.push((taken.at, Act::Event(taken)));
        }
        acts.push((at, Act::Ticket(sold)));
        if dice.random_bool(habits.no_sale.min(1.0)) {
            let opened = at + SignedDuration::from_secs(40);
            acts.push((opened, Act::Event(event(&till, opened, TillEventKind::NoSale { id: None }))));
        }
    }
}
