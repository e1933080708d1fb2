//! North American coupon codes, AI 8110 and 8112 (GS1 "North American Coupon Application Guideline").

use super::lint::{Lint, company_prefix, date, digits, lint};

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(data: &'a [u8]) -> Result<Self, Lint> {
        digits(data)?;
        Ok(Self { data, at: 0 })
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    fn take(&mut self, count: usize, why: &'static str) -> Result<&'a [u8], Lint> {
        let taken = self.data.get(self.at..self.at + count);
        let taken = taken.ok_or(lint(self.at, self.data.len() - self.at.min(self.data.len()), why))?;
        self.at += count;
        Ok(taken)
    }

    fn digit(&mut self, allowed: &[u8], why: &'static str) -> Result<u8, Lint> {
        let at = self.at;
        match self.take(1, why)? {
            [digit] if allowed.contains(digit) => Ok(digit - b'0'),
            _ => Err(lint(at, 1, why)),
        }
    }

    /// A digit that says how long what follows is, and that.
    fn sized(&mut self, allowed: &[u8], more: usize, why: &'static str) -> Result<&'a [u8], Lint> {
        let size = usize::from(self.digit(allowed, why)?) + more;
        self.take(size, why)
    }

    fn prefix(&mut self, allowed: &[u8], why: &'static str) -> Result<(), Lint> {
        if self.peek() == Some(b'9') && allowed.contains(&b'9') {
            self.at += 1;
            return Ok(());
        }
        let prefix = self.sized(allowed, 6, why)?;
        let from = self.at - prefix.len();
        company_prefix(prefix, 0).map_err(|_| lint(from, prefix.len(), why))
    }

    /// Requirement, its code and the family.
    fn requirement(&mut self) -> Result<(), Lint> {
        self.sized(b"12345", 0, "no purchase requirement")?;
        self.digit(b"012349", "no purchase requirement code")?;
        self.take(3, "no purchase family code").map(|_| ())
    }

    fn day(&mut self, why: &'static str) -> Result<&'a [u8], Lint> {
        let day = self.take(6, why)?;
        date(day, false).map_err(|_| lint(self.at - 6, 6, why)).map(|()| day)
    }

    fn end(&self) -> Result<(), Lint> {
        if self.at == self.data.len() { Ok(()) } else { Err(lint(self.at, self.data.len() - self.at, "excess data")) }
    }

    fn option(&mut self, field: u8) -> bool {
        let there = self.peek() == Some(field);
        self.at += usize::from(there);
        there
    }
}

const ANY: &[u8] = b"0123456789";

/// AI 8110.
pub(super) fn code(data: &[u8]) -> Result<(), Lint> {
    let mut read = Reader::new(data)?;
    read.prefix(b"0123456", "no company prefix")?;
    read.take(6, "no offer code")?;
    read.sized(b"12345", 0, "no save value")?;
    read.requirement()?;
    if read.option(b'1') {
        read.digit(b"0123", "no additional purchase rule")?;
        read.requirement()?;
        read.prefix(b"01234569", "no second company prefix")?;
    }
    if read.option(b'2') {
        read.requirement()?;
        read.prefix(b"01234569", "no third company prefix")?;
    }
    let mut expires = None;
    if read.option(b'3') {
        expires = Some(read.day("no expiration date")?);
    }
    if read.option(b'4') {
        let starts = read.day("no start date")?;
        if expires.is_some_and(|expires| starts > expires) {
            return Err(lint(read.at - 14, 14, "it expires before it starts"));
        }
    }
    if read.option(b'5') {
        read.sized(ANY, 6, "no serial number")?;
    }
    if read.option(b'6') {
        read.sized(b"1234567", 6, "no retailer")?;
    }
    if read.option(b'9') {
        read.digit(b"01256", "no save value code")?;
        read.digit(b"012", "no item the save value applies to")?;
        read.digit(ANY, "no store coupon flag")?;
        read.digit(b"01", "no flag against multiplying")?;
    }
    read.end()
}

/// AI 8112.
pub(super) fn offer(data: &[u8]) -> Result<(), Lint> {
    let mut read = Reader::new(data)?;
    read.digit(b"01", "no format code")?;
    read.sized(b"0123456", 6, "no funder")?;
    read.take(6, "no offer code")?;
    read.sized(ANY, 6, "no serial number")?;
    read.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coupon_is_read_field_by_field() {
        // Prefix of 7 digits, offer, 50 saved, 2 to be bought of no family.
        let coupon = [&b"1"[..], b"0614141", b"234563", b"2", b"50", b"1", b"2", b"0", b"000"].concat();
        assert_eq!(code(&coupon), Ok(()));
        let dated = [&coupon[..], b"3", b"261231", b"4", b"260101", b"9", b"0", b"1", b"0", b"1"].concat();
        assert_eq!(code(&dated), Ok(()));
        let early = [&coupon[..], b"3", b"260101", b"4", b"261231"].concat();
        assert_eq!(code(&early).map_err(|found| found.why), Err("it expires before it starts"));
        assert!(code(&coupon[..coupon.len() - 1]).is_err() && code(&[&coupon[..], b"7"].concat()).is_err());
        let paperless = [&b"1"[..], b"0", b"614141", b"123456", b"0", b"123456"].concat();
        assert_eq!(offer(&paperless), Ok(()));
        assert!(offer(b"2").is_err() && offer(b"").is_err());
    }
}
