//! What happens to paper and wires: a digit, a line, the end.

use rand::Rng as _;
use rand::rngs::StdRng;

/// The job, where its lines stand in it, and where its text ends; `None` where there is nothing to damage.
type Act = fn(&[u8], &[(usize, usize)], usize, &mut StdRng) -> Option<Vec<u8>>;

/// (name, how it is done).
pub(crate) const DAMAGES: [(&str, Act); 8] = [
    ("one digit altered", |job, lines, _, rng| alter(job, lines, 1, rng)),
    ("two digits altered", |job, lines, _, rng| alter(job, lines, 2, rng)),
    ("one digit missing", missing),
    ("one line missing", |job, lines, _, rng| without(job, lines[rng.random_range(0..lines.len())])),
    ("two lines missing", |job, lines, _, rng| {
        let first = rng.random_range(0..lines.len().checked_sub(1)?);
        without(job, (lines[first].0, lines[first + 1].1))
    }),
    ("one line twice", |job, lines, _, rng| {
        let (from, to) = lines[rng.random_range(0..lines.len())];
        Some([&job[..to], &job[from..to], &job[to..]].concat())
    }),
    ("ends in the middle", |job, lines, _, rng| {
        let from = lines.first()?.0;
        Some(job[..rng.random_range(from..lines.last()?.1)].to_vec())
    }),
    ("end missing, then cut", |job, lines, text_end, rng| {
        let from = lines.first()?.0;
        let at = rng.random_range(from..lines.last()?.1);
        Some([&job[..at], b"\n", &job[text_end..]].concat())
    }),
];

/// Places of digits in lines of text; bytes of commands are not text.
fn digits(job: &[u8], lines: &[(usize, usize)]) -> Vec<usize> {
    let mut places = Vec::new();
    for (from, to) in lines {
        let mut at = *from;
        while at < *to {
            match job[at] {
                // The commands that stand within lines.
                0x1b if job[at + 1] == b'$' => at += 4,
                0x1b => at += 3,
                byte => {
                    if byte.is_ascii_digit() {
                        places.push(at);
                    }
                    at += 1;
                }
            }
        }
    }
    places
}

fn alter(job: &[u8], lines: &[(usize, usize)], count: usize, rng: &mut StdRng) -> Option<Vec<u8>> {
    let places = digits(job, lines);
    let mut hurt = job.to_vec();
    for _ in 0..count {
        let at = *places.get(rng.random_range(0..places.len().max(1)))?;
        hurt[at] = b'0' + (hurt[at] - b'0' + rng.random_range(1..10)) % 10;
    }
    (hurt != job).then_some(hurt)
}

fn missing(job: &[u8], lines: &[(usize, usize)], _: usize, rng: &mut StdRng) -> Option<Vec<u8>> {
    let places = digits(job, lines);
    let at = *places.get(rng.random_range(0..places.len().max(1)))?;
    without(job, (at, at + 1))
}

fn without(job: &[u8], (from, to): (usize, usize)) -> Option<Vec<u8>> {
    Some([&job[..from], &job[to..]].concat())
}
