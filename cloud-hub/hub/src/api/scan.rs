//! What a JSON text may not be, whatever it says: it is looked for before the text is read.
//!
//! No text of the hub's has a NUL, and PostgreSQL stores none. What is nested deeper than [`DEEPEST`] could be stored, and
//! then, some levels deeper in an answer, not be read by a parser that stops at 128 as most do.

/// Levels of lists and objects in one another.
pub(super) const DEEPEST: usize = 64;

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    /// A string or a name with a NUL.
    #[error("a text has a NUL, which no text here may have")]
    Nul,
    /// Levels and levels.
    #[error("this is nested deeper than {} levels", DEEPEST)]
    Deep,
}

/// Whether a JSON text is fit to be read. One that is no JSON may pass: reading it will tell.
pub(super) fn fit(json: &[u8]) -> Result<(), Unfit> {
    let (mut depth, mut quoted, mut rest) = (0_usize, false, json);
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' => quoted = !quoted,
            // As its bare byte a NUL is no JSON, so it is always escaped; what is escaped may be a quote or a backslash.
            b'\\' if after.starts_with(b"u0000") => return Err(Unfit::Nul),
            b'\\' => rest = after.get(1..).unwrap_or_default(),
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(Unfit::Deep);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_nul_is_found_and_its_spelling_is_not() {
        for with in [r#""\u0000""#, r#"{"a\u0000":1}"#, r#"["\\\u0000"]"#, r#""\n\u0000""#, r#""\"\u0000""#] {
            assert_eq!(fit(with.as_bytes()), Err(Unfit::Nul), "{with}");
        }
        for without in [r#""\\u0000""#, r#""u0000""#, r#""\u0001""#, r#""\u"#, "\"\\", "", "\\"] {
            assert_eq!(fit(without.as_bytes()), Ok(()), "{without}");
        }
    }

    #[test]
    fn levels_count_and_brackets_in_strings_do_not() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(fit(nested(DEEPEST).as_bytes()), Ok(()));
        assert_eq!(fit(nested(DEEPEST + 1).as_bytes()), Err(Unfit::Deep));
        assert_eq!(fit(format!("[{0},{0}]", nested(DEEPEST - 1)).as_bytes()), Ok(()));
        assert_eq!(fit(format!("\"{}\\\"{}\"", "[".repeat(100), "{".repeat(100)).as_bytes()), Ok(()));
    }
}
