//! A board has neither heap nor operating system: nothing beneath this crate may ask for one.

use std::process::Command;

#[test]
fn nothing_beneath_is_built_with_std_or_a_heap() {
    let source = include_str!("../../src/lib.rs");
    assert!(source.lines().any(|line| line == "#![no_std]"));
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-p", "vyavs-frame", "-e", "normal,no-proc-macro", "--prefix", "none"])
        .args(["--no-dedupe", "-f", "{p}|{f}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // On its own, as a firmware builds it, also where the workspace is built with everybody's features.
        .env_remove("CARGO_RESOLVER_FEATURE_UNIFICATION")
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&tree.stdout).into_owned();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let mut seen = 0;
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (package, features) = line.split_once('|').expect("as asked");
        // Macros run where the firmware is built, not on the board.
        if package.contains("(proc-macro)") {
            continue;
        }
        seen += 1;
        let hosted = |feature: &str| matches!(feature, "std" | "alloc" | "use-std" | "use_std");
        assert!(!features.split(',').any(hosted), "{package} is built with {features}");
    }
    assert!(seen > 5, "{text}");
}
