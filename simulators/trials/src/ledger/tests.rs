use std::io::Write;

use uuid::Uuid;
use vyavs_domain::ids::DeviceId;

use super::held::holes;
use super::*;

fn ticket(number: u32, lines: u32) -> Ticket {
    let key = Key { terminal: "till-1".into(), business_day: "2011-07-01".into(), number: number.to_string() };
    let line = |line_no: u32| {
        let facts = LineFacts {
            sku: format!("sku-{line_no}"),
            name: "CAFÉ CRÈME".into(),
            quantity: "6".into(),
            unit_price: "2.50".into(),
            discount_minor: 0,
            total_minor: 1_500,
            currency: "GBP".into(),
            sold_at_us: 1_309_500_000_000_000,
            customer: None,
        };
        (i64::from(line_no), facts)
    };
    let head = HeadFacts {
        kind: "sale".into(),
        source: "journal".into(),
        currency: "GBP".into(),
        total_minor: 1_500 * i64::from(lines),
        tax_minor: 0,
        discount_minor: 0,
        line_count: i64::from(lines),
        operator: None,
        customer: None,
        closed_at_us: 1_309_500_000_000_000,
        tenders: Vec::new(),
    };
    Ticket { key, head, lines: (1..=lines).map(line).collect() }
}

/// A hub that did everything right.
fn held(tickets: &[Ticket]) -> Held {
    let heads =
        tickets.iter().map(|ticket| HeldHead { key: ticket.key.clone(), id: Uuid::nil(), facts: ticket.head.clone() });
    let lines = tickets.iter().flat_map(|ticket| {
        ticket.lines.iter().map(|(line_no, facts)| HeldLine {
            key: ticket.key.clone(),
            line_no: *line_no,
            facts: facts.clone(),
        })
    });
    Held { heads: heads.collect(), lines: lines.collect(), gaps: Gaps::default() }
}

fn counts(promised: &[Ticket], held: &Held) -> Counts {
    let found = compare(promised, held);
    assert_eq!(found.counts.is_clean(), found.examples.is_empty(), "a fault is shown: {found:?}");
    found.counts
}

#[test]
fn a_hub_that_did_everything_right_is_clean() {
    let tickets = [ticket(1, 3), ticket(2, 1), ticket(3, 2)];
    assert!(counts(&tickets, &held(&tickets)).is_clean());
}

#[test]
fn what_is_missing_is_counted() {
    let tickets = [ticket(1, 3), ticket(2, 1)];
    let mut hub = held(&tickets);
    hub.lines.remove(1);
    assert_eq!(counts(&tickets, &hub), Counts { missing: 1, ..Counts::default() });
    hub.heads.remove(1);
    hub.lines.pop();
    assert_eq!(counts(&tickets, &hub), Counts { missing: 3, ..Counts::default() }, "a head and its line besides");
}

#[test]
fn what_is_there_twice_is_counted() {
    let tickets = [ticket(1, 3), ticket(2, 1)];
    let mut hub = held(&tickets);
    hub.lines.insert(1, hub.lines[0].clone());
    assert_eq!(counts(&tickets, &hub), Counts { duplicate: 1, ..Counts::default() });
    hub.heads.insert(0, hub.heads[0].clone());
    assert_eq!(counts(&tickets, &hub), Counts { duplicate: 2, ..Counts::default() });
}

#[test]
fn any_field_that_differs_is_counted() {
    let tickets = [ticket(1, 2), ticket(2, 1)];
    let lines: [fn(&mut LineFacts); 9] = [
        |line| line.sku.push('X'),
        |line| line.name = "CAFE CREME".into(),
        |line| line.quantity = "6.0".into(),
        |line| line.unit_price = "2.5".into(),
        |line| line.discount_minor += 1,
        |line| line.total_minor += 1,
        |line| line.currency = "EUR".into(),
        |line| line.sold_at_us += 1,
        |line| line.customer = Some("17850".into()),
    ];
    let one = Counts { altered: 1, ..Counts::default() };
    for change in lines {
        let mut hub = held(&tickets);
        change(&mut hub.lines[1].facts);
        assert_eq!(counts(&tickets, &hub), one);
    }
    let heads: [fn(&mut HeadFacts); 11] = [
        |head| head.kind = "return".into(),
        |head| head.source = "printer".into(),
        |head| head.currency = "EUR".into(),
        |head| head.total_minor += 1,
        |head| head.tax_minor += 1,
        |head| head.discount_minor += 1,
        |head| head.line_count += 1,
        |head| head.operator = Some("7".into()),
        |head| head.customer = Some("1".into()),
        |head| head.closed_at_us += 1,
        |head| head.tenders.push(Tender { kind: vyavs_domain::sale::TenderKind::Cash, amount_minor: 1 }),
    ];
    for change in heads {
        let mut hub = held(&tickets);
        change(&mut hub.heads[0].facts);
        assert_eq!(counts(&tickets, &hub), one);
    }
}

#[test]
fn one_customer_is_one_pseudonym_within_a_year_and_nobody_elses() {
    let of = |number: u32, customer: &str| {
        let mut ticket = ticket(number, 1);
        ticket.head.customer = Some(customer.to_owned());
        ticket.lines[0].1.customer = Some(customer.to_owned());
        ticket
    };
    let mut later = of(4, "17850");
    later.key.business_day = "2012-07-01".into();
    let promised = [of(1, "17850"), of(2, "17850"), of(3, "13047"), later.clone()];
    let kept = |names: [&str; 4]| {
        let mut tickets = promised.clone();
        for (ticket, name) in tickets.iter_mut().zip(names) {
            ticket.head.customer = Some(name.to_owned());
            ticket.lines[0].1.customer = Some(name.to_owned());
        }
        counts(&promised, &held(&tickets))
    };
    assert!(kept(["cus_a", "cus_a", "cus_b", "cus_c"]).is_clean());
    let wrong = |altered| Counts { altered, ..Counts::default() };
    assert_eq!(kept(["cus_a", "cus_x", "cus_b", "cus_c"]), wrong(2), "two pseudonyms of one customer");
    assert_eq!(kept(["cus_a", "cus_a", "cus_a", "cus_c"]), wrong(2), "one pseudonym of two customers");
}

#[test]
fn another_day_or_line_number_is_missing_here_and_unexplained_there() {
    let tickets = [ticket(1, 2)];
    let both = Counts { missing: 1, unexplained: 1, ..Counts::default() };
    let mut hub = held(&tickets);
    hub.lines[0].key.business_day = "2011-07-02".into();
    assert_eq!(counts(&tickets, &hub), both);
    let mut hub = held(&tickets);
    hub.lines[1].line_no = 3;
    assert_eq!(counts(&tickets, &hub), both);
}

#[test]
fn what_stands_before_its_time_is_counted() {
    let tickets = [ticket(1, 1), ticket(2, 1), ticket(3, 2)];
    let mut hub = held(&tickets);
    hub.heads.swap(0, 1);
    assert_eq!(counts(&tickets, &hub), Counts { misordered: 1, ..Counts::default() });
    let mut hub = held(&tickets);
    hub.lines.swap(2, 3);
    assert_eq!(counts(&tickets, &hub), Counts { misordered: 1, ..Counts::default() });
    // Another till's pace is its own.
    let mut other = ticket(9, 1);
    other.key.terminal = "till-2".into();
    let promised = [ticket(1, 1), other.clone(), ticket(2, 1)];
    let stored = held(&[other, ticket(1, 1), ticket(2, 1)]);
    assert!(counts(&promised, &stored).is_clean());
}

#[test]
fn a_name_with_two_contents_is_two_receipts() {
    let (one, mut two) = (ticket(1, 1), ticket(1, 1));
    two.head.total_minor = 7;
    let tickets = [one, two];
    assert!(counts(&tickets, &held(&tickets)).is_clean());
    assert_eq!(counts(&tickets, &held(&tickets[..1])), Counts { missing: 2, ..Counts::default() });
}

#[test]
fn a_gap_needs_a_signed_statement_a_dead_letter_or_a_repeat() {
    let device = DeviceId(Uuid::from_u128(1));
    let other = DeviceId(Uuid::from_u128(2));
    let numbers = |numbers: &[u64]| numbers.iter().map(|number| (device, 1, *number)).collect::<Vec<_>>();
    let settled = [(device, 1, 10)];
    assert_eq!(holes(&numbers(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), &settled, &[]), Gaps::default());
    let all_but_three = numbers(&[2, 3, 4, 6, 7, 8, 9]);
    assert_eq!(holes(&all_but_three, &settled, &[]).unnamed, 3);
    let named = [(device, 1, 5..=5, true), (device, 1, 10..=12, false), (other, 1, 1..=1, true)];
    let gaps = holes(&all_but_three, &settled, &named);
    assert_eq!((gaps.unnamed, gaps.lost, gaps.dead), (1, 1, 1), "another device's statement explains nothing");
    assert_eq!(holes(&numbers(&[1, 2, 11]), &[(device, 1, 2)], &[]).unnamed, 1, "beyond the cursor");
    let hub = Held { gaps: Gaps { unnamed: 3, repeated: 2, ..gaps }, ..held(&[ticket(1, 1)]) };
    assert_eq!(counts(&[ticket(1, 1)], &hub), Counts { unexplained: 1, ..Counts::default() });
}

#[test]
fn a_ledger_is_read_in_order_and_a_broken_line_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("ledger.jsonl");
    let receipt = r#"{"key":{"terminal":"till-1","business_day":"2011-07-01","number":"N"},"kind":"return","source":"journal","closed_at":"2011-07-01T07:26:00Z","currency":"GBP","total_minor":-250,"tax_minor":0,"discount_minor":0,"tenders":[],"operator":null,"customer":"17850","lines":[{"line_no":1,"sku":"A","name":"","quantity":"-1","unit_price":"2.50","discount_minor":0,"total_minor":-250,"sold_at":"2011-07-01T07:26:00Z"}]}"#;
    let mut file = File::create(&path).expect("created");
    for (number, outcome) in [("1", r#""stored""#), ("2", r#""quarantined","error":"no""#), ("3", r#""stored""#)] {
        let receipt = receipt.replace("\"N\"", &format!("\"{number}\""));
        writeln!(file, "{{\"outcome\":{outcome},\"receipt\":{receipt}}}").expect("written");
    }
    writeln!(file, r#"{{"outcome":"stored","no_sale":{{"id":"x","terminal":"till-1","at":"2011-07-01T07:26:00Z","business_day":"2011-07-01"}}}}"#).expect("written");
    let promises = read(&path).expect("readable");
    assert_eq!((promises.stored.len(), promises.quarantined, promises.events), (2, 1, 1));
    let ticket = &promises.stored[1];
    assert_eq!((ticket.key.number.as_str(), ticket.head.kind.as_str()), ("3", "return"));
    assert_eq!(ticket.lines[0].1.unit_price, "2.50");
    assert_eq!(ticket.lines[0].1.customer.as_deref(), Some("17850"));
    writeln!(file, "nonsense").expect("written");
    let error = read(&path).expect_err("broken").to_string();
    assert!(error.contains("line 5"), "{error}");
}
