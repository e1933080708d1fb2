//! Layouts in German: a supermarket and a bakery in Germany, a Swiss department store.

use vyavs_domain::sale::TenderKind;

use super::paper::Paper;
use super::ticket::{Shape, Ticket};
use super::{at, number, wrap};

pub(crate) const SUPERMARKT: Shape = Shape {
    names: &[
        "BIO VOLLMILCH 3,5%",
        "BRÖTCHEN",
        "BANANEN",
        "GOUDA JUNG 400G",
        "EIER 10ER FREILAND",
        "COLA 1,5L",
        "PFAND 0,25",
        "KÄSESPÄTZLE FRISCH",
        "7 ZWERGE TEE",
        "MÜSLI SCHOKO 500G",
        "SUMMERMIX SALAT",
        "TRAUBEN KERNLOS",
    ],
    sku: false,
    weights: true,
    pieces: true,
    line_off: true,
    coupon: true,
    voids: true,
    returns: false,
    dearest: 5_000,
    taxes: &[190, 70],
    tax_added: false,
    cash_step: 1,
    tips: false,
    seconds: true,
};

fn comma(minor: i64) -> String {
    number(minor, ',', ".")
}

pub(crate) fn supermarkt(ticket: &Ticket, p: &mut Paper<'_>) {
    p.big("FRISCHMARKT");
    p.middle("Hauptstraße 5, 50667 Köln");
    p.middle("UID Nr. DE123456789");
    p.row("", "EUR  ");
    for line in &ticket.lines {
        let letter = ["A", "B"][line.letter];
        p.row(line.name, &format!("{} {letter}", comma(line.gross())));
        if line.weighed {
            p.line(&format!("   {} kg x   {} EUR/kg", line.quantity.to_string().replace('.', ","), comma(line.unit)));
        } else if line.pieces() > 1 {
            p.line(&format!("   {} Stk x   {}", line.quantity, comma(line.unit)));
        }
        if line.off > 0 {
            p.row("   RABATT 20%", &format!("{} {letter}", comma(-line.off)));
        }
        if line.voided {
            p.row(&format!("STORNO {}", line.name), &format!("{} {letter}", comma(-line.gross())));
        }
    }
    p.row("", "---------  ");
    if ticket.coupon > 0 {
        p.row("ZW-SUMME", &format!("{}  ", comma(ticket.sum())));
        p.row("GUTSCHEIN COUPON", &format!("{}  ", comma(-ticket.coupon)));
    }
    p.row("SUMME          EUR", &format!("{}  ", comma(ticket.total())));
    p.rule('=');
    for (kind, amount) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "Geg. girocard  EUR",
            TenderKind::Voucher => "Geg. GUTSCHEIN EUR",
            _ => "Geg. BAR       EUR",
        };
        p.row(name, &format!("{}  ", comma(*amount)));
    }
    if ticket.change > 0 {
        p.row("Rückgeld BAR   EUR", &format!("{}  ", comma(ticket.change)));
    }
    p.blank();
    p.line("Steuer  %     Netto   Steuer   Brutto");
    let rows = ticket.included(&SUPERMARKT);
    for (letter, net, tax, gross) in &rows {
        let (name, rate) = [("A", "19,0%"), ("B", " 7,0%")][*letter];
        p.line(&format!("{name}= {rate} {:>8} {:>8} {:>8}", comma(*net), comma(*tax), comma(*gross)));
    }
    let sum = |of: fn(&(usize, i64, i64, i64)) -> i64| comma(rows.iter().map(of).sum());
    p.line(&format!("Gesamt   {:>8} {:>8} {:>8}", sum(|r| r.1), sum(|r| r.2), sum(|r| r.3)));
    p.blank();
    p.line(&format!("Datum:      {}", at(ticket, "%d.%m.%Y")));
    p.line(&format!("Uhrzeit:    {} Uhr", at(ticket, "%H:%M:%S")));
    p.line(&format!("Beleg-Nr.:  {}", ticket.number));
    p.line(&format!("Markt:0123  Kasse:{}  Bed.:{}", ticket.till, ticket.operator));
    p.line("TSE-Signatur: MEUCIQDd3k9vX2b7Lq8S1fT0yZ");
    p.line("Seriennummer Kasse: EPOS:12345");
    p.code(&format!("V0;{};Kassenbeleg-V1", ticket.number));
    p.middle("Vielen Dank für Ihren Einkauf");
}

pub(crate) const BAECKEREI: Shape = Shape {
    names: &[
        "Brötchen",
        "Roggenmischbrot 750g",
        "Käsekuchen Stück",
        "Latte Macchiato groß",
        "Nussschnecke",
        "Laugenbrezel",
        "Öko-Dinkelstange",
        "Bar 2 Go Riegel",
    ],
    sku: false,
    weights: false,
    pieces: true,
    line_off: false,
    coupon: true,
    voids: false,
    returns: false,
    dearest: 2_500,
    taxes: &[70],
    tax_added: false,
    cash_step: 1,
    tips: false,
    seconds: false,
};

pub(crate) fn baeckerei(ticket: &Ticket, p: &mut Paper<'_>) {
    p.big("Backhaus Müller");
    p.line(&format!("Bon {:06}   {}", ticket.number, at(ticket, "%d.%m.%y %H:%M")));
    p.line(&format!("Bediener {}", ticket.operator));
    p.rule('-');
    for line in &ticket.lines {
        p.line(&format!("{} x {}", line.quantity, line.name));
        p.row(&format!("     je {}", comma(line.unit)), &comma(line.gross()));
    }
    p.rule('-');
    if ticket.coupon > 0 {
        p.row("Stempelkarte", &comma(-ticket.coupon));
    }
    p.row("Gesamt EUR", &comma(ticket.total()));
    for (kind, amount) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "Karte",
            TenderKind::Voucher => "Gutschein",
            _ => "Bar",
        };
        p.row(name, &comma(*amount));
    }
    if ticket.change > 0 {
        p.row("Zurück", &comma(ticket.change));
    }
    for (_, net, tax, _) in ticket.included(&BAECKEREI) {
        p.line(&format!("inkl. 7% MwSt {} netto {}", comma(tax), comma(net)));
    }
    p.line("Es bediente Sie: Frau Maier");
}

pub(crate) const WARENHAUS: Shape = Shape {
    names: &[
        "LEDERSOFA 3-SITZER",
        "BETTWÄSCHE SATIN 160X210",
        "KAFFEEMASCHINE PRO",
        "SCHWEIZER SCHOKOLADE 100G",
        "HERRENHEMD SLIM FIT",
        "UHR AUTOMATIK STAHL MIT LEDERARMBAND UND FALTSCHLIESSE BRAUN",
        "TOTALIMPRÄGNIERUNG SPRAY",
    ],
    sku: true,
    weights: false,
    pieces: true,
    line_off: true,
    coupon: true,
    voids: false,
    returns: true,
    dearest: 450_000,
    taxes: &[81],
    tax_added: false,
    cash_step: 5,
    tips: false,
    seconds: false,
};

pub(crate) fn warenhaus(ticket: &Ticket, p: &mut Paper<'_>) {
    let franken = |minor: i64| number(minor, '.', "'");
    p.big("Warenhaus Globus am Platz");
    p.middle("8001 Zürich  CHE-123.456.789 MWST");
    if ticket.kind == vyavs_domain::sale::ReceiptKind::Return {
        p.line("RETOURE");
    }
    p.line("Artikel        Menge        Preis       Total");
    p.rule('-');
    for line in &ticket.lines {
        wrap(line.name, 40).iter().enumerate().for_each(|(at, part)| {
            p.line(&if at == 0 { format!("{} {part}", line.sku) } else { format!("        {part}") });
        });
        p.line(&format!("       {:>12} {:>12} {:>14}", line.quantity, franken(line.unit), franken(line.gross())));
        if line.off > 0 {
            p.line(&format!("        Aktion {:>32}", franken(-line.off)));
        }
    }
    p.rule('-');
    if ticket.coupon > 0 {
        p.row("Kundenkarte Bonus", &franken(-ticket.coupon));
    }
    p.row("Total CHF", &franken(ticket.total()));
    if ticket.extra != 0 {
        p.row("Rundung", &franken(ticket.extra));
    }
    for (kind, amount) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "TWINT",
            TenderKind::Voucher => "Geschenkkarte",
            _ => "Bar CHF",
        };
        p.row(name, &franken(*amount));
    }
    if ticket.change > 0 {
        p.row("Rückgeld CHF", &franken(ticket.change));
    }
    p.line(&format!("Anzahl Artikel {}", ticket.pieces()));
    p.blank();
    p.line("MWST 8.1%");
    p.line(&format!("Beleg {:06} Filiale 12 Kasse {} Bed {}", ticket.number, ticket.till, ticket.operator));
    p.line(&at(ticket, "%d.%m.%Y %H:%M"));
}
