//! libFuzzer over one decoder, which `VYAVS_FUZZ_TARGET` names.
#![no_main]
#![expect(unsafe_code, reason = "libFuzzer calls an exported function")]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vyavs_fuzz::targets::{self, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("VYAVS_FUZZ_TARGET").unwrap_or_default();
    let found = targets::all().into_iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("VYAVS_FUZZ_TARGET is {name:?}; `vyavs-fuzz --list` names the decoders"))
});

fuzz_target!(|bytes: &[u8]| (TARGET.decode)(bytes));
