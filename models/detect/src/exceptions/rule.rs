//! The rules, by name.

use serde::{Deserialize, Serialize};

/// How often a rule could have held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exposure {
    /// Tickets of any kind.
    Tickets,
    /// Tickets that sold something.
    Sales,
    /// Lines of those.
    Lines,
}

impl Exposure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tickets, Self::Sales, Self::Lines];
}

/// What is counted. The order is that of the serialized form's documentation; a rule is never given another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A whole ticket was undone before it was paid.
    VoidedTicket,
    /// A line was taken off a ticket before it was paid.
    VoidedLine,
    /// A line was taken off, and what was left was paid in cash.
    VoidedLineThenCash,
    /// A ticket was undone or given back within ten minutes of a cash sale of the same amount, at the same till by the same
    /// cashier.
    VoidAfterCash,
    /// Goods were taken back.
    Refund,
    /// Goods were taken back for cash alone.
    CashRefund,
    /// Goods were taken back within the hour by the cashier who had sold them, at the same till and price.
    RefundOfOwnSale,
    /// None of the goods that were taken back had been sold in this shop while it was watched, for four weeks at least.
    RefundWithoutSale,
    /// Goods were taken back for a multiple of five whole units of money.
    RoundRefund,
    /// Goods were taken back in the last half an hour of the shop's day.
    LateRefund,
    /// Goods were taken back when the till had been idle for ten minutes.
    LoneRefund,
    /// The drawer was opened without a sale.
    NoSale,
    /// The drawer was opened without a sale within two minutes of something undone.
    NoSaleAfterVoid,
    /// A sale came to less than one unit of money.
    SubUnitTicket,
    /// A sale came to nothing.
    FreeTicket,
    /// A line was discounted.
    DiscountedLine,
    /// A line was discounted by half or more.
    DeepDiscount,
    /// A ticket was discounted as a whole, and some of its lines, too.
    StackedDiscount,
    /// A price was three tenths below what others rang for the same thing.
    LowPrice,
    /// A line of a sale went backwards.
    NegativeLine,
    /// A voucher or gift card paid.
    VoucherSale,
    /// A gift card was rung on a ticket that was undone, rung for training, given back or came to nothing.
    GiftCardUnpaid,
    /// A ticket was rung for training.
    TrainingTicket,
    /// A ticket corrected the books.
    Adjustment,
    /// A loyalty account came to the same cashier for the third time of a day, or more often.
    RepeatedAccount,
    /// A loyalty account's goods came to less than two fifths of what goods come to here, piece by piece.
    CheapBasket,
    /// More than 15 seconds passed between two lines of a sale: what was handed over meanwhile was not rung.
    ScanGap,
    /// The cashier's number rang at another till half a minute before.
    TwoTills,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::VoidedTicket,
        Self::VoidedLine,
        Self::VoidedLineThenCash,
        Self::VoidAfterCash,
        Self::Refund,
        Self::CashRefund,
        Self::RefundOfOwnSale,
        Self::RefundWithoutSale,
        Self::RoundRefund,
        Self::LateRefund,
        Self::LoneRefund,
        Self::NoSale,
        Self::NoSaleAfterVoid,
        Self::SubUnitTicket,
        Self::FreeTicket,
        Self::DiscountedLine,
        Self::DeepDiscount,
        Self::StackedDiscount,
        Self::LowPrice,
        Self::NegativeLine,
        Self::VoucherSale,
        Self::GiftCardUnpaid,
        Self::TrainingTicket,
        Self::Adjustment,
        Self::RepeatedAccount,
        Self::CheapBasket,
        Self::ScanGap,
        Self::TwoTills,
    ];

    /// Of what its count is a share.
    pub const fn exposure(self) -> Exposure {
        match self {
            Self::VoidedTicket
            | Self::VoidAfterCash
            | Self::Refund
            | Self::CashRefund
            | Self::RefundOfOwnSale
            | Self::RefundWithoutSale
            | Self::RoundRefund
            | Self::LateRefund
            | Self::LoneRefund
            | Self::NoSale
            | Self::NoSaleAfterVoid
            | Self::GiftCardUnpaid
            | Self::TrainingTicket
            | Self::Adjustment
            | Self::TwoTills => Exposure::Tickets,
            Self::VoidedLineThenCash
            | Self::SubUnitTicket
            | Self::FreeTicket
            | Self::StackedDiscount
            | Self::VoucherSale
            | Self::RepeatedAccount
            | Self::CheapBasket => Exposure::Sales,
            Self::VoidedLine
            | Self::DiscountedLine
            | Self::DeepDiscount
            | Self::LowPrice
            | Self::NegativeLine
            | Self::ScanGap => Exposure::Lines,
        }
    }
}
