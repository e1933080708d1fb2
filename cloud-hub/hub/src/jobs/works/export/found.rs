//! Lines as the search of sales finds them: a filter for one store, and what stands of it above the rows.

use jiff::Timestamp;
use rust_decimal::Decimal;
use vyavs_domain::money::{Currency, to_minor};
use vyavs_domain::sale::ReceiptKind;
use vyavs_store::stores::Store;
use vyavs_store::transactions::TransactionFilter;

use super::super::order::LineFilter;

/// The longest text that is looked for.
const LONGEST: usize = 200;

fn no_amount(field: &str, text: &str) -> String {
    format!("only.{field}: {text:?} is not an amount of money such as \"12.50\"")
}

/// An amount of money of the filter, in whole units.
fn exact(field: &str, text: &str) -> Result<Decimal, String> {
    let exact = Decimal::from_str_exact(text).ok().filter(|exact| exact.scale() <= 6);
    exact.ok_or_else(|| no_amount(field, text))
}

/// The same in the smallest unit of a currency.
fn minor(field: &str, text: &str, currency: Currency) -> Result<i64, String> {
    to_minor(exact(field, text)?, currency).ok_or_else(|| no_amount(field, text))
}

impl LineFilter {
    fn texts(&self) -> [(&'static str, Option<&str>); 4] {
        [
            ("category", self.category.as_deref()),
            ("till", self.register.as_deref()),
            ("cashier", self.cashier.as_deref()),
            ("ticket", self.receipt_number.as_deref()),
        ]
    }

    fn amounts(&self) -> [(&'static str, Option<&str>); 2] {
        [("min_total", self.min_total.as_deref()), ("max_total", self.max_total.as_deref())]
    }

    /// What is wrong with it.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (name, text) in self.texts() {
            let size = text.map_or(1, |text| text.chars().count());
            if size == 0 || size > LONGEST {
                return Err(format!("only: the {name} has {size} characters, and 1 to {LONGEST} are looked for"));
            }
        }
        for (field, text) in self.amounts() {
            text.map(|text| exact(field, text)).transpose()?;
        }
        Ok(())
    }

    /// For one store, whose currency the amounts are in.
    pub(super) fn of(&self, store: &Store, span: (Timestamp, Timestamp)) -> Result<TransactionFilter, String> {
        let [low, high] = self.amounts().map(|(field, text)| text.map(|text| minor(field, text, store.currency)));
        let total = match (low.transpose()?, high.transpose()?) {
            (None, None) => None,
            (low, high) => Some((store.currency, low.unwrap_or(i64::MIN), high.unwrap_or(i64::MAX))),
        };
        Ok(TransactionFilter {
            stores: vec![store.id],
            product: self.product_id,
            category: self.category.clone(),
            terminal: self.register.clone(),
            operator: self.cashier.clone(),
            customer: None,
            number: self.receipt_number.clone(),
            kind: self.kind.map(ReceiptKind::from),
            total,
            span,
        })
    }

    /// What was asked for, for the head of the file.
    pub(super) fn said(&self) -> String {
        let texts = self.texts().into_iter().filter_map(|(name, text)| Some(format!("{name} {}", text?)));
        let product = self.product_id.map(|id| format!("product {id}"));
        let kind = self.kind.map(|kind| format!("tickets of kind {}", super::super::tables::name_of(kind)));
        let low = self.min_total.as_ref().map(|text| format!("at least {text}"));
        let high = self.max_total.as_ref().map(|text| format!("at most {text}"));
        product.into_iter().chain(texts).chain(kind).chain(low).chain(high).collect::<Vec<_>>().join("; ")
    }
}
