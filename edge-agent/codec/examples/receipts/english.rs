//! Layouts in English: a British supermarket, an American grocery, an American restaurant.

use vyavs_domain::sale::{ReceiptKind, TenderKind};

use super::paper::Paper;
use super::ticket::{Shape, Ticket};
use super::{at, point, signed_behind, wrap};

const FOOD: &[&str] = &[
    "SEMI SKIMMED MILK 2L",
    "BAKED BEANS 4 X 415G",
    "BANANAS LOOSE",
    "MATURE CHEDDAR 350G",
    "FREE RANGE EGGS 6PK",
    "SOURDOUGH LOAF",
    "7UP ZERO 1.5L",
    "OWN LABEL ORGANIC EXTRA VIRGIN OLIVE OIL COLD PRESSED 500ML",
    "CAFÉ LATTE SACHETS",
    "TOTAL GREEK YOGURT 0% 500G",
    "CASHEW NUTS 200G",
    "CARRIER BAG 30P",
    "50P FREDDO MULTIPACK",
    "VINEGAR 568ML",
];

pub(crate) const SUPERMARKET: Shape = Shape {
    names: FOOD,
    sku: false,
    weights: true,
    pieces: true,
    line_off: true,
    coupon: true,
    voids: true,
    returns: true,
    dearest: 4_000,
    taxes: &[0],
    tax_added: false,
    cash_step: 1,
    tips: false,
    seconds: false,
};

pub(crate) fn supermarket(ticket: &Ticket, p: &mut Paper<'_>) {
    let pounds = |minor: i64| format!("{}£{}", if minor < 0 { "-" } else { "" }, point(minor.abs()));
    p.big("FRESHWAYS");
    p.middle("12 HIGH STREET, LEEDS LS1 4AB");
    p.middle("VAT NO 123 4567 89");
    p.blank();
    if ticket.kind == ReceiptKind::Return {
        p.middle("*** REFUND ***");
    }
    p.row("", "£");
    for line in &ticket.lines {
        let mut names = wrap(line.name, 28);
        let last = names.pop().unwrap_or_default();
        names.iter().for_each(|name| p.line(name));
        if line.weighed {
            p.line(&last);
            let left = format!("  {} kg @ {}/kg", line.quantity, pounds(line.unit));
            p.row(&left, &pounds(line.gross()));
        } else {
            p.row(&last, &pounds(line.gross()));
            if line.pieces() > 1 {
                p.line(&format!("  {} @ {} each", line.quantity, pounds(line.unit)));
            }
        }
        if line.off > 0 {
            p.row("  Loyalty Price Saving", &pounds(-line.off));
        }
        if line.voided {
            p.line("*** VOID LAST LINE ***");
            names.iter().for_each(|name| p.line(name));
            p.row(&last, &pounds(-line.gross()));
        }
    }
    p.row("", "-------");
    p.row("SUBTOTAL", &pounds(ticket.sum()));
    if ticket.coupon > 0 {
        p.row("COUPON 0042 MONEY OFF", &pounds(-ticket.coupon));
    }
    p.row("TOTAL TO PAY", &pounds(ticket.total()));
    p.blank();
    for (kind, amount) in &ticket.tenders {
        match kind {
            TenderKind::Card => {
                p.row("VISA CONTACTLESS", &pounds(*amount));
                p.line("  AID A0000000031010");
                p.line("  NUMBER ************1234 ICC");
            }
            TenderKind::Voucher => p.row("GIFT CARD", &pounds(*amount)),
            _ => p.row("CASH", &pounds(*amount)),
        }
    }
    if ticket.change > 0 {
        p.row("CHANGE DUE", &pounds(ticket.change));
    }
    p.line(&format!("NUMBER OF ITEMS: {}", ticket.pieces()));
    p.blank();
    p.line(&format!("{} STORE 0123 TILL {:02} OP {}", at(ticket, "%d/%m/%y %H:%M"), ticket.till, ticket.operator));
    p.line(&format!("TRANS {:06}", ticket.number));
    p.code(&format!("0123{:02}{:06}", ticket.till, ticket.number));
    p.middle("THANK YOU FOR SHOPPING WITH US");
    p.middle("SAVE £5.00 WHEN YOU SPEND £40.00");
}

const GROCERY_ITEMS: &[&str] = &[
    "WHOLE MILK GAL",
    "CHKN BROTH 32OZ",
    "BANANAS",
    "PAPER TOWELS 6CT",
    "2% MILK HALF GAL",
    "SHARP CHDR 8 OZ",
    "COKE 12PK 12OZ",
    "ICEBERG LETTUCE",
    "TAX PREP GUIDE 2025",
    "HNY NUT CEREAL FAMILY SZ",
    "CASH CROP SALSA",
];

pub(crate) const GROCERY: Shape = Shape {
    names: GROCERY_ITEMS,
    sku: false,
    weights: true,
    pieces: true,
    line_off: true,
    coupon: true,
    voids: true,
    returns: false,
    dearest: 6_000,
    taxes: &[0, 101],
    tax_added: true,
    cash_step: 1,
    tips: false,
    seconds: false,
};

pub(crate) fn grocery(ticket: &Ticket, p: &mut Paper<'_>) {
    // Cents without a leading zero, as these tills do.
    let amount = |minor: i64| {
        let text = signed_behind(minor, '.', ",");
        text.strip_prefix('0').map_or(text.clone(), str::to_owned)
    };
    p.middle("GREENLEAF MARKET #0417");
    p.middle("1400 PINE ST SEATTLE WA");
    p.middle("(206) 555-0134");
    p.line(&format!("CASHIER: {}", ticket.operator));
    p.blank();
    p.line("-".repeat(p.width()).as_str());
    for line in &ticket.lines {
        let flag = if line.letter == 1 { "T" } else { "F" };
        let figures = |p: &mut Paper<'_>| {
            if line.weighed {
                p.line(&format!("{} lb @ {} /lb", line.quantity, amount(line.unit)));
            } else if line.pieces() > 1 {
                p.line(&format!("{} @ {}", line.quantity, amount(line.unit)));
            }
        };
        figures(p);
        p.row(&format!("  {}", line.name), &format!("{} {flag}", amount(line.gross())));
        if line.off > 0 {
            p.row("  SALE SAVINGS", &format!("{}  ", amount(-line.off)));
        }
        if line.voided {
            p.line("**** VOID ****");
            figures(p);
            p.row(&format!("  {}", line.name), &format!("{} {flag}", amount(-line.gross())));
        }
    }
    p.row("     SUBTOTAL", &format!("{}  ", amount(ticket.sum())));
    if ticket.coupon > 0 {
        p.row("     MFR COUPON", &format!("{}  ", amount(-ticket.coupon)));
    }
    p.row("     TAX 10.1%", &format!("{}  ", amount(ticket.added[1])));
    p.row("     TOTAL", &format!("{}  ", amount(ticket.total())));
    for (kind, paid) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "DEBIT TEND",
            TenderKind::Voucher => "EBT TEND",
            _ => "CASH TEND",
        };
        p.row(&format!("     {name}"), &format!("{}  ", amount(*paid)));
    }
    p.row("     CHANGE DUE", &format!("{}  ", amount(ticket.change)));
    p.blank();
    p.line(&format!("# ITEMS SOLD {}", ticket.pieces()));
    p.line(&format!("TR# {:06} TE# {:02} ST# 0417", ticket.number, ticket.till));
    p.code(&format!("TR{:06}", ticket.number));
    p.line(&at(ticket, "%m/%d/%Y %I:%M %p"));
    p.middle("TELL US HOW WE DID: 1-800-555-0199");
}

pub(crate) const RESTAURANT: Shape = Shape {
    names: &[
        "Margherita Pizza",
        "House Red Gls",
        "Caesar Salad w/ Chicken",
        "Kids Pasta",
        "Diet Coke",
        "Espresso Dbl",
        "Total Nachos 2.0",
        "Crème Brûlée",
        "Pitcher IPA 60oz",
    ],
    sku: false,
    weights: false,
    pieces: true,
    line_off: true,
    coupon: true,
    voids: false,
    returns: false,
    dearest: 9_000,
    taxes: &[89],
    tax_added: true,
    cash_step: 1,
    tips: true,
    seconds: false,
};

pub(crate) fn restaurant(ticket: &Ticket, p: &mut Paper<'_>) {
    p.big("Luigi's Table");
    p.middle("88 Mulberry St, New York");
    p.line(&format!("Check: {}   Table: {}", ticket.number, ticket.till));
    p.line(&format!("Server: {}   Guests: 2", ticket.operator));
    p.line(&at(ticket, "%m/%d/%y %I:%M %p"));
    p.rule('-');
    for line in &ticket.lines {
        p.dotted(&format!("{} {}", line.quantity, line.name), &signed_front(line.gross()));
        if line.off > 0 {
            p.dotted("    Happy Hour", &signed_front(-line.off));
        }
    }
    p.rule('-');
    p.dotted("Subtotal", &signed_front(ticket.sum()));
    if ticket.coupon > 0 {
        p.dotted("Promo 10OFF", &signed_front(-ticket.coupon));
    }
    p.dotted("Tax 8.9%", &signed_front(ticket.added[0]));
    p.dotted("Total", &signed_front(ticket.total()));
    if ticket.extra > 0 {
        p.dotted("Tip", &signed_front(ticket.extra));
    }
    for (kind, amount) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "Mastercard XXXXXXXXXXXX1234",
            TenderKind::Voucher => "Gift Card",
            _ => "Cash",
        };
        p.dotted(name, &signed_front(*amount));
    }
    if ticket.change > 0 {
        p.dotted("Change", &signed_front(ticket.change));
    }
    p.blank();
    p.middle("Suggested tip 18%: see your server");
}

fn signed_front(minor: i64) -> String {
    format!("{}${}", if minor < 0 { "-" } else { "" }, super::number(minor.abs(), '.', ","))
}
