//! Which image a board runs: what its boot loader decides, kept pure so that it is the same everywhere.

/// How long an image on trial has to reach the host, µs.
pub const TRIAL_US: u64 = 60_000_000;

/// The two places an image can lie in, and the trial between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// The place of the image that has proven itself.
    pub good: u8,
    /// The other one holds an image to try …
    pub trial: bool,
    /// … which was booted once already.
    pub tried: bool,
}

impl Slots {
    /// A board as it leaves the maker.
    pub const NEW: Self = Self { good: 0, trial: false, tried: false };

    /// Where a new image is written: never over the one that works.
    pub fn spare(self) -> u8 {
        1 - self.good.min(1)
    }

    /// The spare image is whole and genuine: the next start tries it.
    pub fn arm(self) -> Self {
        Self { trial: true, tried: false, ..self }
    }

    /// A start, for whatever reason: the place to run, and whether on trial. An image on trial gets one start: if it
    /// hangs and the watchdog bites, or the power goes, the one before comes back.
    pub fn start(self) -> (Self, u8, bool) {
        match self {
            Self { trial: true, tried: false, .. } => (Self { tried: true, ..self }, self.spare(), true),
            _ => (Self { trial: false, tried: false, ..self }, self.good, false),
        }
    }

    /// The image on trial reached the host.
    pub fn keep(self) -> Self {
        if self.trial && self.tried { Self { good: self.spare(), trial: false, tried: false } } else { self }
    }

    /// It did not.
    pub fn roll_back(self) -> Self {
        Self { trial: false, tried: false, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_that_never_says_hello_is_gone_after_one_start() {
        let (slots, runs, trial) = Slots::NEW.arm().start();
        assert_eq!((runs, trial), (1, true));
        // It hangs: the watchdog bites.
        let (slots, runs, trial) = slots.start();
        assert_eq!((slots, runs, trial), (Slots::NEW, 0, false));
        let (slots, ..) = Slots::NEW.arm().start();
        assert_eq!(slots.roll_back().start(), (Slots::NEW, 0, false));
    }

    #[test]
    fn an_image_that_reached_the_host_stays() {
        let (slots, ..) = Slots::NEW.arm().start();
        let (slots, runs, trial) = slots.keep().start();
        assert_eq!((slots.good, runs, trial), (1, 1, false));
        assert_eq!(slots.spare(), 0);
    }
}
