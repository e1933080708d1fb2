//! Layouts in French: a supermarket and a pharmacy.

use vyavs_domain::sale::TenderKind;

use super::paper::Paper;
use super::ticket::{Shape, Ticket};
use super::{at, number};

pub(crate) const SUPERMARCHE: Shape = Shape {
    names: &[
        "LAIT DEMI ÉCRÉMÉ 1L",
        "YAOURT NATURE X4",
        "BANANE",
        "PAIN COMPLET 500G",
        "CRÈME FRAÎCHE 20CL",
        "EAU GAZEUSE 6X1,5L",
        "COMTÉ 12 MOIS",
        "3 POULES OEUFS X12",
        "SAC CAISSE",
        "TOTAL LESSIVE 2,5L",
        "POMME GOLDEN",
    ],
    sku: false,
    weights: true,
    pieces: true,
    line_off: true,
    coupon: true,
    voids: true,
    returns: false,
    dearest: 6_000,
    taxes: &[55, 200],
    tax_added: false,
    cash_step: 1,
    tips: false,
    seconds: true,
};

pub(crate) fn supermarche(ticket: &Ticket, p: &mut Paper<'_>) {
    let euros = |minor: i64| format!("{} €", number(minor, ',', " "));
    p.big("MARCHÉ DU CENTRE");
    p.middle("3 place de la République, 69002 LYON");
    p.middle("Tél. 04 78 00 00 00");
    p.rule('*');
    for line in &ticket.lines {
        let rate = [" 5,5%", "20,0%"][line.letter];
        let figures = |p: &mut Paper<'_>| {
            if !line.weighed && line.pieces() > 1 {
                p.line(&format!(" {} X {}", line.quantity, euros(line.unit)));
            }
        };
        figures(p);
        if line.weighed {
            p.line(line.name);
            let kilos = line.quantity.to_string().replace('.', ",");
            p.row(&format!("  {kilos} kg x {}/kg", euros(line.unit)), &euros(line.gross()));
        } else {
            p.row(&format!("{} {rate}", line.name), &euros(line.gross()));
        }
        if line.off > 0 {
            p.row("  REMISE IMMÉDIATE", &euros(-line.off));
        }
        if line.voided {
            p.row(&format!("ANNULATION {}", line.name), &euros(-line.gross()));
        }
    }
    p.rule('*');
    if ticket.coupon > 0 {
        p.row("SOUS-TOTAL", &euros(ticket.sum()));
        p.row("BON DE RÉDUCTION", &euros(-ticket.coupon));
    }
    p.row(&format!("TOTAL À PAYER ({} articles)", ticket.pieces()), &euros(ticket.total()));
    for (kind, amount) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "CARTE BANCAIRE EMV",
            TenderKind::Voucher => "TITRE RESTAURANT",
            _ => "ESPÈCES",
        };
        p.row(name, &euros(*amount));
    }
    if ticket.change > 0 {
        p.row("RENDU", &euros(ticket.change));
    }
    p.blank();
    p.line("TVA        HT        TVA        TTC");
    for (letter, net, tax, gross) in ticket.included(&SUPERMARCHE) {
        let rate = [" 5,50%", "20,00%"][letter];
        let plain = |minor: i64| number(minor, ',', " ");
        p.line(&format!("{rate} {:>10} {:>10} {:>10}", plain(net), plain(tax), plain(gross)));
    }
    p.line(&at(ticket, "%d/%m/%Y %H:%M:%S"));
    p.line(&format!("Ticket {:06}  Caisse {:02}  Hôte {}", ticket.number, ticket.till, ticket.operator));
    p.code(&format!("69002{:02}{:06}", ticket.till, ticket.number));
    p.middle("MERCI DE VOTRE VISITE");
}

pub(crate) const PHARMACIE: Shape = Shape {
    names: &[
        "DOLIPRANE 1000MG CPR 8",
        "CRÈME SOLAIRE SPF50 200ML",
        "VITAMINE C 500",
        "MASQUES FFP2 X10",
        "SÉRUM PHYSIOLOGIQUE 40X5ML",
        "PRÉPARATION MAGISTRALE",
    ],
    sku: false,
    weights: false,
    pieces: true,
    line_off: false,
    coupon: true,
    voids: false,
    returns: false,
    dearest: 260_000,
    taxes: &[100],
    tax_added: false,
    cash_step: 1,
    tips: false,
    seconds: false,
};

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

pub(crate) fn pharmacie(ticket: &Ticket, p: &mut Paper<'_>) {
    let plain = |minor: i64| number(minor, ',', " ");
    p.big("PHARMACIE DES HALLES");
    p.line(&format!("Facture n° F-{:06}", ticket.number));
    let month = MONTHS[ticket.closed.month() as usize - 1];
    p.line(&format!("Le {} {month} {}", ticket.closed.day(), at(ticket, "%Y à %Hh%M")));
    p.line(&format!("Vendeur {}", ticket.operator));
    p.blank();
    p.line("Désignation");
    for line in &ticket.lines {
        if line.pieces() > 1 {
            p.dotted(line.name, &plain(line.gross()));
            p.line(&format!("      soit {} x {}", line.quantity, plain(line.unit)));
        } else {
            p.dotted(line.name, &plain(line.gross()));
        }
    }
    p.rule('-');
    if ticket.coupon > 0 {
        p.dotted("Remise fidélité", &plain(-ticket.coupon));
    }
    p.row("NET À PAYER EUR", &plain(ticket.total()));
    for (kind, amount) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "Réglé par CB",
            TenderKind::Voucher => "Réglé par avoir",
            _ => "Réglé en espèces",
        };
        p.row(name, &plain(*amount));
    }
    if ticket.change > 0 {
        p.row("Monnaie rendue", &plain(ticket.change));
    }
    p.line("Dont TVA 10% incluse");
    p.middle("Bon rétablissement");
}
