//! The configuration that ships loads as it is, and what it says of defaults is true.

use std::path::{Path, PathBuf};

use vyavs_hub::config::HubConfig;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config/hub.toml")
}

fn load(text: &str) -> Result<HubConfig, String> {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("hub.toml");
    std::fs::write(&path, text).expect("written");
    HubConfig::load(&path).map_err(|error| error.to_string())
}

/// `# key = …` and `# [section]`: what a reader may take the `#` from.
fn offered(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("# ")?;
    let key = rest.split_once(" = ").map(|(key, _)| key);
    let is_key = key.is_some_and(|key| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    (is_key || rest.starts_with('[')).then_some(rest)
}

/// What has no default, and is shown by an example.
const EXAMPLES: [&str; 6] = ["host", "port", "user", "password_file", "ca_file", "allow_private"];

#[test]
fn the_shipped_configuration_loads() {
    let config = HubConfig::load(&shipped()).expect("it loads");
    assert_eq!(config.database.address().expect("an address"), "sqlite:///var/lib/vyavs/hub.sqlite");
    let address = config.http.address(config.http.listen, config.mqtt.public_address()).expect("it can be served");
    assert_eq!((address.base_url.as_str(), address.secure), ("https://hub.example:8443", true));
}

#[test]
fn every_line_that_is_commented_out_may_be_uncommented() {
    let text = std::fs::read_to_string(shipped()).expect("read");
    let count = text.lines().filter(|line| offered(line).is_some()).count();
    assert!(count > 15, "{count} lines are offered");
    let all: String = text.lines().map(|line| format!("{}\n", offered(line).unwrap_or(line))).collect();
    load(&all).expect("all of them together");
}

#[test]
fn a_value_that_is_commented_out_is_the_default() {
    let text = std::fs::read_to_string(shipped()).expect("read");
    let numbers: String = text
        .lines()
        .filter(|line| !line.contains("url_file") && !line.contains("names = ") && !line.contains("ui_dir"))
        .take_while(|line| !line.starts_with("# Another broker"))
        .map(|line| format!("{}\n", offered(line).unwrap_or(line)))
        .collect();
    let ingest = text.split_once("[ingest]").expect("a section").1;
    let example = |line: &&str| !EXAMPLES.iter().any(|key| line.starts_with(&format!("# {key} = ")));
    let ingest: String =
        ingest.lines().filter(example).map(|line| format!("{}\n", offered(line).unwrap_or(line))).collect();
    let (shown, plain) =
        (load(&format!("{numbers}[ingest]{ingest}")).expect("loads"), HubConfig::load(&shipped()).expect("loads"));
    let without_port = |mut config: HubConfig| {
        // The port that devices are told is an example, not a default: without it, it is that of `listen`.
        assert_eq!(config.mqtt.public_address().1, 8883);
        config.mqtt.public_port = None;
        format!("{config:?}")
    };
    assert_eq!(without_port(shown), without_port(plain));
}

#[test]
fn a_mistake_is_named_with_its_line_and_what_was_expected() {
    for (text, named) in [
        ("[mqtt]\nlisten = \"nowhere\"\n", "listen"),
        ("[mqtt]\nlisten = 7\n", "listen"),
        ("[ingst]\ncredit = 3\n", "ingst"),
        ("[ingest]\ncredits = 3\n", "credits"),
        ("[http]\ntls = \"maybe\"\n", "maybe"),
        ("[database\n", "line 1"),
    ] {
        let error = load(text).expect_err(text);
        assert!(error.contains(named) && error.contains("line ") && error.contains("hub.toml"), "{text}: {error}");
    }
}
