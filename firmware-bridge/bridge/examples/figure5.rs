//! The table of what a board's readings survive: `cargo run -p vyavs-bridge --example figure5`.
//!
//! All but the last row in virtual time, from fixed seeds; the last one over real pseudo-terminals.

use std::time::Duration;

use vyavs_bridge::link::LinkConfig;
use vyavs_bridge::port::{Flow, LineCode, PortConfig};
use vyavs_bridge::sim::bench::{self, Bench};
use vyavs_bridge::sim::lab::{LabConfig, Ordeal, endure};
use vyavs_bridge::sim::noise::Rates;

const WORST: Rates = Rates { drop: 0.05, flip_frames: 0.01, flip_bits: 0.0, duplicate: 0.02 };

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cuts: u32 = std::env::args().nth(1).map_or(Ok(1_000), |text| text.parse())?;
    println!(
        "| line, both ways | clock | cuts | host crashes | readings | on disk, once and in order | times in order | worst time after 10 min | virtual time | frames refused |"
    );
    println!("|---|---|--:|--:|--:|---|---|--:|--:|--:|");
    let drift = |ppm: f64, jitter_us: u64| move |lab: &mut LabConfig| (lab.board.ppm, lab.jitter_us) = (ppm, jitter_us);
    let row = |name: &str, rates, cuts, crashes, readings, set: &dyn Fn(&mut LabConfig), clock: &str| {
        let mut lab = LabConfig { seed: 5, rates, jitter_us: 10_000, ..LabConfig::default() };
        set(&mut lab);
        let ordeal = Ordeal { lab, readings, every_us: 100_000, cuts, crashes, wall_steps: Vec::new() };
        let e = endure(&ordeal);
        let share = format!(
            "{:.4} %, {}",
            100.0 * e.on_disk as f64 / e.measured as f64,
            if e.exact { "exact" } else { "NOT EXACT" }
        );
        let (worst, hours) = (e.worst_us as f64 / 1e3, e.seconds as f64 / 3_600.0);
        let order = if e.times_in_order { "yes" } else { "NO" };
        println!(
            "| {name} | {clock} | {cuts} | {crashes} | {} | {share} | {order} | {worst:.1} ms | {hours:.2} h | {} of {} |",
            e.measured,
            e.bad_frames,
            e.bad_frames + e.frames
        );
        e.exact && e.times_in_order
    };
    let mut well = row("clean", Rates::default(), 0, 0, 12_000, &drift(100.0, 50_000), "+100 ppm, 50 ms jitter");
    well &= row("clean", Rates::default(), 0, 0, 12_000, &drift(-100.0, 50_000), "−100 ppm, 50 ms jitter");
    well &= row(
        "5 % drop, 1 % of frames with 1–8 bits flipped, 2 % twice",
        WORST,
        0,
        0,
        36_000,
        &drift(100.0, 50_000),
        "+100 ppm, 50 ms jitter",
    );
    well &= row("the same", WORST, cuts, 0, 10_000, &drift(100.0, 10_000), "+100 ppm, 10 ms jitter");
    well &= row("the same", WORST, cuts, 100, 10_000, &drift(-100.0, 10_000), "−100 ppm, 10 ms jitter");
    let bits = Rates { flip_bits: 2e-4, flip_frames: 0.0, ..WORST };
    well &= row(
        "5 % drop, 2 % twice, every bit flipped with 2·10⁻⁴",
        bits,
        cuts,
        0,
        10_000,
        &drift(100.0, 10_000),
        "+100 ppm, 10 ms jitter",
    );
    let bits = Rates { flip_bits: 1e-3, flip_frames: 0.0, ..WORST };
    well &= row(
        "5 % drop, 2 % twice, every bit flipped with 10⁻³",
        bits,
        cuts / 10,
        0,
        10_000,
        &drift(100.0, 10_000),
        "+100 ppm, 10 ms jitter",
    );

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let path = std::env::temp_dir().join(format!("vyavs-figure5-{}", std::process::id()));
    let port = PortConfig { path: path.clone(), baud: 115_200, line: LineCode::PLAIN, flow: Flow::None };
    let waits = (Duration::from_millis(5), Duration::from_millis(50));
    let mut config = LinkConfig { min_wait: waits.0, max_wait: waits.1, ..LinkConfig::new(port, 1) };
    config.host.policy.period_ms = 50;
    let pulled = (cuts / 5).max(1);
    let every = Duration::from_millis(5);
    let bench = Bench { seed: 5, rates: WORST, cuts: pulled, lasts_ms: (20, 400), gone_ms: (1, 60), every };
    let began = std::time::Instant::now();
    let benched = runtime.block_on(bench::run(&bench, config, Duration::from_secs(60), || 0))?;
    let _ = std::fs::remove_file(path);
    println!(
        "\nOver real pseudo-terminals: {pulled} cables pulled, {} readings measured, {} came, {}; {:.0} s.",
        benched.measured,
        benched.came.len(),
        if benched.is_exact() { "each once and in order" } else { "NOT EXACT" },
        began.elapsed().as_secs_f64()
    );
    if well && benched.is_exact() { Ok(()) } else { Err("a reading was lost, doubled or out of order".into()) }
}
