//! What a program says on standard output, to readers that may have read enough.
//!
//! `program | head -1` closes the pipe while the program still speaks. That is no failure of the program's: it goes on, says
//! nothing more, and ends as it would have.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

/// Prints a line.
pub fn say(text: Arguments<'_>) -> io::Result<()> {
    print(format_args!("{text}\n"))
}

/// Prints text that brings its own line ends.
pub fn print(text: Arguments<'_>) -> io::Result<()> {
    write(&mut io::stdout().lock(), text)
}

/// Nothing wrong where all that is wrong is that nobody reads any more.
pub fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn write(out: &mut impl Write, text: Arguments<'_>) -> io::Result<()> {
    unless_closed(out.write_fmt(text).and_then(|()| out.flush()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes and then fails.
    struct Reader(usize, ErrorKind);

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(self.1.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn who_has_read_enough_is_no_failure_and_a_full_disk_is() {
        assert!(write(&mut Reader(2, ErrorKind::BrokenPipe), format_args!("four")).is_ok());
        let error = write(&mut Reader(2, ErrorKind::StorageFull), format_args!("four")).expect_err("the disk is full");
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }
}
