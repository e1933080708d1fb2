//! Layouts in Spanish, Italian and Dutch.

use vyavs_domain::sale::{ReceiptKind, TenderKind};

use super::paper::Paper;
use super::ticket::{Shape, Ticket};
use super::{at, number, signed_behind};

fn comma(minor: i64) -> String {
    number(minor, ',', ".")
}

pub(crate) const SUPERMERCADO: Shape = Shape {
    names: &[
        "LECHE ENTERA 1L",
        "PAN DE MOLDE",
        "PLÁTANO",
        "JAMÓN SERRANO LONCHAS",
        "ACEITE OLIVA 0,4º 1L",
        "12 HUEVOS GRANDES",
        "TOMATE PERA",
        "AGUA MINERAL 8L",
        "PIÑA EN SU JUGO",
        "BOLSA PLÁSTICO",
    ],
    sku: false,
    weights: true,
    pieces: true,
    line_off: false,
    coupon: true,
    voids: false,
    returns: false,
    dearest: 5_000,
    taxes: &[40, 100, 210],
    tax_added: false,
    cash_step: 1,
    tips: false,
    seconds: false,
};

pub(crate) fn supermercado(ticket: &Ticket, p: &mut Paper<'_>) {
    p.big("LA HUERTA");
    p.middle("C/ Mayor 12, 46001 Valencia");
    p.line(&format!("{}  OP: {:06}", at(ticket, "%d/%m/%Y %H:%M"), ticket.number));
    p.line(&format!("FACTURA SIMPLIFICADA: 2345-0{:02}-{:06}", ticket.till, ticket.number));
    p.line("Descripción         P. Unit   Importe");
    for line in &ticket.lines {
        if line.weighed {
            p.line(&format!("1 {}", line.name));
            let kilos = line.quantity.to_string().replace('.', ",");
            p.row(&format!("   {kilos} kg {} €/kg", comma(line.unit)), &comma(line.gross()));
        } else if line.pieces() > 1 {
            p.row(
                &format!("{} {}", line.quantity, line.name),
                &format!("{:>7} {:>9}", comma(line.unit), comma(line.gross())),
            );
        } else {
            p.row(&format!("1 {}", line.name), &comma(line.gross()));
        }
    }
    if ticket.coupon > 0 {
        p.row("CHEQUE REGALO SOCIO", &comma(-ticket.coupon));
    }
    p.row("TOTAL (€)", &comma(ticket.total()));
    for (kind, amount) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "TARJETA BANCARIA",
            TenderKind::Voucher => "VALE",
            _ => "ENTREGADO EFECTIVO",
        };
        p.row(name, &comma(*amount));
    }
    if ticket.change > 0 {
        p.row("CAMBIO", &comma(ticket.change));
    }
    p.blank();
    p.line("IVA   BASE IMPONIBLE (€)   CUOTA (€)");
    for (letter, net, tax, _) in ticket.included(&SUPERMERCADO) {
        let rate = ["4%", "10%", "21%"][letter];
        p.line(&format!("{rate:<5} {:>18} {:>11}", comma(net), comma(tax)));
    }
    p.line("SE ADMITEN DEVOLUCIONES CON TICKET");
}

pub(crate) const MODA: Shape = Shape {
    names: &[
        "CAMISA LINO BLANCA",
        "PANTALÓN CHINO",
        "VESTIDO FLORES NIÑA",
        "ABRIGO LANA OVERSIZE CON CAPUCHA",
        "CINTURÓN PIEL",
        "CALCETINES PACK 3",
    ],
    sku: true,
    weights: false,
    pieces: true,
    line_off: true,
    coupon: true,
    voids: false,
    returns: true,
    dearest: 150_000,
    taxes: &[210],
    tax_added: false,
    cash_step: 1,
    tips: false,
    seconds: true,
};

pub(crate) fn moda(ticket: &Ticket, p: &mut Paper<'_>) {
    let behind = |minor: i64| signed_behind(minor, ',', ".");
    p.big("ATELIER SUR");
    p.middle("CIF B12345678");
    p.line(&format!("Ticket: {:08}   Caja: {:02}", ticket.number, ticket.till));
    p.line(&format!("Fecha: {}  Vend: {}", at(ticket, "%d-%m-%Y %H:%M:%S"), ticket.operator));
    if ticket.kind == ReceiptKind::Return {
        p.line("*** DEVOLUCIÓN ***");
    }
    p.rule('-');
    for line in &ticket.lines {
        p.line(line.name);
        let quantity = line.quantity.abs();
        let sign = if line.quantity.is_sign_negative() { "-" } else { "" };
        let left = format!("  Ref. {}  {quantity},00{sign} x {}", line.sku, comma(line.unit));
        p.row(&left, &behind(line.gross()));
        if line.off > 0 {
            p.row("  DTO. PROMOCIÓN", &behind(-line.off));
        }
    }
    p.rule('-');
    p.row("SUBTOTAL", &behind(ticket.sum()));
    if ticket.coupon > 0 {
        p.row("DESCUENTO CLUB", &behind(-ticket.coupon));
    }
    p.row("TOTAL EUR", &behind(ticket.total()));
    for (kind, amount) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "TARJETA",
            TenderKind::Voucher => "ABONO",
            _ => "EFECTIVO",
        };
        p.row(name, &behind(*amount));
    }
    if ticket.change > 0 {
        p.row("CAMBIO", &behind(ticket.change));
    }
    p.line(&format!("ARTÍCULOS: {}", ticket.pieces()));
    p.line("IVA INCLUIDO 21%");
    p.code(&format!("{:08}", ticket.number));
}

pub(crate) const ALIMENTARI: Shape = Shape {
    names: &[
        "PANE CASERECCIO",
        "LATTE FRESCO 1L",
        "PROSCIUTTO CRUDO",
        "MOZZARELLA DI BUFALA",
        "CAFFÈ MACINATO 250G",
        "ACQUA NATURALE 6X1,5",
        "POMODORI",
        "TOTANI SURGELATI",
    ],
    sku: false,
    weights: true,
    pieces: true,
    line_off: true,
    coupon: true,
    voids: true,
    returns: true,
    dearest: 7_000,
    taxes: &[40, 100, 220],
    tax_added: false,
    cash_step: 1,
    tips: false,
    seconds: false,
};

pub(crate) fn alimentari(ticket: &Ticket, p: &mut Paper<'_>) {
    p.big("DA GIULIA");
    p.middle("Via Roma 7 - 20121 Milano");
    p.middle("P.IVA 01234567890");
    p.middle("DOCUMENTO COMMERCIALE");
    let back = ticket.kind == ReceiptKind::Return;
    p.middle(if back { "emesso per RESO MERCE" } else { "di vendita o prestazione" });
    p.line("DESCRIZIONE              IVA   Prezzo(€)");
    for line in &ticket.lines {
        let rate = [" 4%", "10%", "22%"][line.letter];
        if line.weighed {
            p.line(&format!("  kg {} x {}", line.quantity.abs().to_string().replace('.', ","), comma(line.unit)));
        } else if line.pieces() > 1 {
            p.line(&format!("  n. {} x {}", line.quantity.abs(), comma(line.unit)));
        }
        p.row(line.name, &format!("{rate} {:>9}", comma(line.gross())));
        if line.off > 0 {
            p.row("  SCONTO", &format!("{rate} {:>9}", comma(-line.off)));
        }
        if line.voided {
            p.row(&format!("ANNULLO {}", line.name), &format!("{rate} {:>9}", comma(-line.gross())));
        }
    }
    p.blank();
    if ticket.coupon > 0 {
        p.row("SUBTOTALE", &comma(ticket.sum()));
        p.row("BUONO SCONTO", &comma(-ticket.coupon));
    }
    p.row("TOTALE COMPLESSIVO", &comma(ticket.total()));
    let tax: i64 = ticket.included(&ALIMENTARI).iter().map(|row| row.2).sum();
    p.row("di cui IVA", &comma(tax));
    for (kind, amount) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "Pagamento elettronico",
            TenderKind::Voucher => "Buoni pasto",
            _ => "Pagamento contante",
        };
        p.row(name, &comma(*amount));
    }
    if ticket.change > 0 {
        p.row("Resto", &comma(ticket.change));
    }
    p.row("Importo pagato", &comma(ticket.total()));
    p.blank();
    p.middle(&at(ticket, "%d-%m-%Y %H:%M"));
    p.middle(&format!("DOCUMENTO N. {:04}-{:06}", ticket.till, ticket.number));
    p.middle("RT 99MEY000000");
}

pub(crate) const DROGIST: Shape = Shape {
    names: &[
        "SHAMPOO ANTI-ROOS 250ML",
        "TANDPASTA 75 ML",
        "CRÈME DOUCHE",
        "VITAMINE D3 100ST",
        "LUIERS MAAT 4",
        "ZONNEBRAND FACTOR 30",
        "TOTAALREINIGER",
    ],
    sku: false,
    weights: false,
    pieces: true,
    line_off: true,
    coupon: true,
    voids: false,
    returns: false,
    dearest: 8_000,
    taxes: &[90, 210],
    tax_added: false,
    cash_step: 5,
    tips: false,
    seconds: false,
};

pub(crate) fn drogist(ticket: &Ticket, p: &mut Paper<'_>) {
    p.big("DE DROGIST");
    p.middle("Kerkstraat 1, 3511 Utrecht");
    p.line("Aantal Omschrijving       Prijs   Bedrag");
    p.rule('-');
    for line in &ticket.lines {
        p.row(
            &format!("{:>3} {}", line.quantity, line.name),
            &format!("{:>7} {:>8}", comma(line.unit), comma(line.gross())),
        );
        if line.off > 0 {
            p.row("    2e HALVE PRIJS KORTING", &comma(-line.off));
        }
    }
    p.rule('-');
    p.row("SUBTOTAAL", &comma(ticket.sum()));
    if ticket.coupon > 0 {
        p.row("KORTINGSBON", &comma(-ticket.coupon));
    }
    p.row("TOTAAL", &comma(ticket.total()));
    if ticket.extra != 0 {
        p.row("AFRONDING", &comma(ticket.extra));
    }
    for (kind, amount) in &ticket.tenders {
        let name = match kind {
            TenderKind::Card => "PIN",
            TenderKind::Voucher => "CADEAUKAART",
            _ => "CONTANT",
        };
        p.row(name, &comma(*amount));
    }
    if ticket.change > 0 {
        p.row("WISSELGELD", &comma(ticket.change));
    }
    p.blank();
    p.line("BTW      OVER       BTW     INCL.");
    for (letter, net, tax, gross) in ticket.included(&DROGIST) {
        p.line(&format!("{:<5} {:>8} {:>8} {:>8}", ["9%", "21%"][letter], comma(net), comma(tax), comma(gross)));
    }
    p.line(&format!("AANTAL ARTIKELEN {}", ticket.pieces()));
    p.line(&format!(
        "{} Bon {:06} Kassa {} Medew. {}",
        at(ticket, "%d-%m-%Y %H:%M"),
        ticket.number,
        ticket.till,
        ticket.operator
    ));
}
