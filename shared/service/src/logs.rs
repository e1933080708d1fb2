//! One log line a thing that happened: a sentence for people, dotted fields for queries, no customer data.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Text on stderr, or JSON lines; `VYAVS_LOG` filters as `RUST_LOG` would (default `info`).
pub fn init(json: bool) {
    // sled and the broker speak at info about their insides.
    let filter = EnvFilter::try_from_env("VYAVS_LOG").unwrap_or_else(|_| EnvFilter::new("info,sled=warn,rumqttd=off"));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let done = if json { builder.json().try_init() } else { builder.with_target(false).try_init() };
    // Already set up: a test did.
    let _ = done;
}
