//! What `deploy/config/edge.toml` offers may be taken at its word: each section and line that is commented out is accepted
//! by the agent once its `#` is gone. (The hub's file is read by a test of the hub's.)

use std::path::{Path, PathBuf};
use std::process::Command;

use vyavs_trials::process::edge;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What stands behind `# ` if that is TOML and not a sentence.
fn offered(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("# ")?;
    let is_key = |key: &str| key.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    let key = rest.split_once(" = ").is_some_and(|(key, _)| is_key(key));
    // The lines of a list, and its end.
    let item = rest.trim_start().starts_with("{ ") || rest == "]";
    (key || item || rest.starts_with('[')).then_some(rest)
}

/// A section that is commented out, from its head to the next empty line, without the comments' marks.
struct Section {
    name: String,
    text: String,
}

fn sections(file: &str) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut open = false;
    for line in file.lines() {
        let offered = offered(line);
        match offered {
            Some(head) if head.starts_with('[') && !open => {
                found.push(Section { name: head.trim().to_owned(), text: String::new() });
                open = true;
            }
            _ => {}
        }
        open &= !line.trim().is_empty();
        if let (true, Some(text), Some(section)) = (open, offered, found.last_mut()) {
            section.text += &format!("{text}\n");
        }
    }
    found
}

/// The file with every line that it offers, in the place where it is offered.
fn uncommented(file: &str) -> String {
    file.lines().map(|line| format!("{}\n", offered(line).unwrap_or(line))).collect()
}

/// Without what is commented out: what ships switched on.
fn plain(file: &str) -> String {
    file.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
}

/// The mapping that the manual shows, for the section that names one.
fn mapping() -> String {
    let manual = std::fs::read_to_string(root().join("docs/till-files.md")).expect("readable");
    let blocks = manual.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    let mapping = blocks.into_iter().find(|block| block.contains("[columns]"));
    mapping.expect("docs/till-files.md shows a mapping").to_owned()
}

/// What the agent says of a configuration; paths of the shop lead to a folder where the mapping lies.
fn check(program: &Path, text: &str) -> Result<String, String> {
    let dir = tempfile::tempdir().expect("a directory");
    let kiosk = dir.path().join("kiosk.toml");
    std::fs::write(&kiosk, mapping()).expect("written");
    let text = text.replace("/etc/vyavs/mappings/kiosk.toml", &kiosk.display().to_string());
    let config = dir.path().join("edge.toml");
    std::fs::write(&config, text).expect("written");
    let output = Command::new(program).args(["check-config", "--config"]).arg(&config).output().expect("it runs");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}

#[test]
fn every_section_that_is_commented_out_is_good_when_it_is_not() {
    let program = match edge() {
        Ok(program) => program,
        Err(error) => {
            assert!(std::env::var("VYAVS_REQUIRE_BIN").as_deref() != Ok("1"), "VYAVS_REQUIRE_BIN=1, but {error}");
            return println!("skipped: {error}");
        }
    };
    let file = std::fs::read_to_string(root().join("deploy/config/edge.toml")).expect("readable");
    let (plain, sections) = (plain(&file), sections(&file));
    let found: Vec<&str> = sections.iter().map(|section| &*section.name).collect();
    for kind in
        ["[[poslog]]", "[[csv]]", "[[dsfinvk]]", "[[board]]", "[[scale]]", "[[ble]]", "[[broker]]", "[[counter]]"]
    {
        assert!(found.contains(&kind), "{kind} is not among {found:?}");
    }
    let before = check(&program, &plain).expect("what ships is good");
    for Section { name, text } in &sections {
        let with = check(&program, &format!("{plain}\n{text}"));
        let with = with.unwrap_or_else(|error| panic!("{name} as the file offers it is refused: {error}\n{text}"));
        // An input is one more that is counted.
        assert!(!name.starts_with("[[") || with != before, "{name} was not taken: {with}");
        let spoiled = check(&program, &format!("{plain}\n{text}\nspoiled = 1\n"));
        assert!(spoiled.is_err_and(|error| error.contains("spoiled")), "{name}: a key that does not exist is refused");
    }
    let all = uncommented(&file);
    let lines = file.lines().filter(|line| offered(line).is_some()).count();
    assert!(lines > 80, "{lines} lines are offered");
    check(&program, &all).unwrap_or_else(|error| panic!("all of it together is refused: {error}"));
}
