//! What a cache promises, kept in memory and in a real Redis.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vyavs_cache::{Cache, CacheConfig};
use vyavs_domain::ids::OrgId;
use vyavs_service::breaker::BreakerState;

const NOW: Timestamp = Timestamp::constant(1_770_000_000, 0);

fn org(n: u128) -> OrgId {
    OrgId(Uuid::from_u128(n))
}

/// A `redis-server` of its own on a socket, gone with the test.
struct Redis {
    dir: tempfile::TempDir,
    server: Child,
}

impl Redis {
    /// `None`, with the reason printed, where Redis is not installed.
    fn start() -> Option<Self> {
        let dir = tempfile::tempdir().expect("a directory");
        let Some(server) = serve(dir.path()) else {
            assert!(
                std::env::var("VYAVS_REQUIRE_REDIS").as_deref() != Ok("1"),
                "VYAVS_REQUIRE_REDIS=1, but there is none"
            );
            eprintln!("skipped on Redis: redis-server is not installed");
            return None;
        };
        Some(Self { dir, server })
    }

    fn config(&self) -> CacheConfig {
        let url = format!("redis+unix://{}", self.dir.path().join("redis.sock").display());
        CacheConfig { url: Some(url), keep_ms: 60_000, ..CacheConfig::default() }
    }

    fn stop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_file(self.dir.path().join("redis.sock"));
    }

    fn start_again(&mut self) {
        self.server = serve(self.dir.path()).expect("it was there before");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(dir: &Path) -> Option<Child> {
    let socket = dir.join("redis.sock");
    let server = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no", "--unixsocket"])
        .arg(&socket)
        .arg("--dir")
        .arg(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .ok()?;
    let begun = Instant::now();
    while !socket.exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "redis-server does not open its socket");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(server)
}

fn memory() -> Cache {
    Cache::new(&CacheConfig { keep_ms: 60_000, ..CacheConfig::default() }).expect("memory")
}

/// The same promise on both shelves.
macro_rules! on_both {
    ($(async fn $name:ident($cache:ident: Cache) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn promise($cache: Cache) $body

            #[tokio::test]
            async fn in_memory() {
                promise(memory()).await;
            }

            #[tokio::test]
            async fn in_redis() {
                let Some(redis) = Redis::start() else { return };
                promise(Cache::new(&redis.config()).expect("an address")).await;
            }
        }
    )+};
}

/// Asks, and says which filling the answer is of.
async fn ask(cache: &Cache, org: OrgId, what: &str, now: Timestamp, fills: &AtomicUsize) -> usize {
    let fill = async { Ok::<_, ()>(fills.fetch_add(1, Ordering::SeqCst) + 1) };
    cache.answer(org, what, now, fill).await.expect("an answer")
}

on_both! {
    async fn an_answer_is_kept_for_its_organization_its_question_and_its_time(cache: Cache) {
        let fills = AtomicUsize::new(0);
        assert_eq!(ask(&cache, org(1), "kpis", NOW, &fills).await, 1);
        assert_eq!(ask(&cache, org(1), "kpis", NOW, &fills).await, 1);
        assert_eq!(ask(&cache, org(2), "kpis", NOW, &fills).await, 2, "another organization's");
        assert_eq!(ask(&cache, org(1), "kpis of store 7", NOW, &fills).await, 3);
        assert_eq!(ask(&cache, org(1), "kpis", NOW + SignedDuration::from_secs(59), &fills).await, 1);
        assert_eq!(ask(&cache, org(1), "kpis", NOW + SignedDuration::from_secs(60), &fills).await, 4, "too old");
        assert_eq!(ask(&cache, org(1), "kpis", NOW, &fills).await, 5, "a clock that was set back shows nothing from later");
        let view = cache.view();
        assert_eq!((view.hits, view.fills), (2, 5));
    }

    async fn what_changed_is_not_shown_from_before(cache: Cache) {
        let fills = AtomicUsize::new(0);
        ask(&cache, org(1), "kpis", NOW, &fills).await;
        ask(&cache, org(2), "kpis", NOW, &fills).await;
        cache.stale(org(1)).await;
        assert_eq!(ask(&cache, org(1), "kpis", NOW, &fills).await, 3);
        assert_eq!(ask(&cache, org(2), "kpis", NOW, &fills).await, 2, "another organization's stays");
        // It changes while it is read: what was read may be from before.
        let fill = async {
            cache.stale(org(1)).await;
            Ok::<_, ()>(fills.fetch_add(1, Ordering::SeqCst) + 1)
        };
        assert_eq!(cache.answer(org(1), "slow", NOW, fill).await, Ok(4));
        assert_eq!(ask(&cache, org(1), "slow", NOW, &fills).await, 5);
    }

    async fn of_a_hundred_who_ask_at_once_one_fills(cache: Cache) {
        let fills = Arc::new(AtomicUsize::new(0));
        let one = async || {
            let fill = async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok::<_, ()>(fills.fetch_add(1, Ordering::SeqCst) + 1)
            };
            cache.answer(org(1), "dashboard", NOW, fill).await
        };
        let asked = (0..100).map(|_| one());
        let answers = futures_join(asked).await;
        assert!(answers.iter().all(|answer| *answer == Ok(1)), "{answers:?}");
        assert_eq!(fills.load(Ordering::SeqCst), 1);
    }

    async fn a_filling_that_fails_or_is_given_up_is_kept_by_nobody(cache: Cache) {
        assert_eq!(cache.answer(org(1), "x", NOW, async { Err::<u8, _>("gone") }).await, Err("gone"));
        let slow = cache.answer(org(1), "x", NOW, async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, &str>(1_u8)
        });
        assert!(tokio::time::timeout(Duration::from_millis(30), slow).await.is_err());
        assert_eq!(cache.answer(org(1), "x", NOW, async { Ok::<_, &str>(2_u8) }).await, Ok(2));
    }
}

/// All at once, on one task.
async fn futures_join<T>(work: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut work: Vec<_> = work.map(Box::pin).collect();
    let mut done: Vec<Option<T>> = work.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (work, done) in work.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(value) = work.as_mut().poll(context)
            {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn without_redis_answers_go_on_and_it_is_used_again_when_it_is_back() {
    let Some(mut redis) = Redis::start() else { return };
    let cache = Cache::new(&redis.config()).expect("an address");
    let fills = AtomicUsize::new(0);
    assert_eq!(ask(&cache, org(1), "kpis", NOW, &fills).await, 1);
    assert_eq!(ask(&cache, org(1), "kpis", NOW, &fills).await, 1);
    redis.stop();
    for n in 2..12 {
        assert_eq!(ask(&cache, org(1), "kpis", NOW, &fills).await, n);
        cache.stale(org(1)).await;
    }
    let breaker = cache.view().breaker.expect("Redis has one");
    assert_eq!(breaker.state, BreakerState::Open, "{breaker:?}");
    assert!(breaker.last_error.is_some());
    let begun = Instant::now();
    ask(&cache, org(1), "kpis", NOW, &fills).await;
    assert!(begun.elapsed() < Duration::from_millis(100), "nobody waits for what is gone");
    redis.start_again();
    let begun = Instant::now();
    loop {
        let one = ask(&cache, org(1), "kpis", NOW, &fills).await;
        if ask(&cache, org(1), "kpis", NOW, &fills).await == one {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", cache.view());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(cache.view().breaker.expect("Redis has one").state, BreakerState::Closed);
}

#[tokio::test]
async fn a_cache_that_is_off_keeps_nothing_and_a_wrong_address_is_refused() {
    let cache = Cache::new(&CacheConfig { keep_ms: 0, ..CacheConfig::default() }).expect("off");
    let fills = AtomicUsize::new(0);
    assert_eq!(ask(&cache, org(1), "kpis", NOW, &fills).await, 1);
    assert_eq!(ask(&cache, org(1), "kpis", NOW, &fills).await, 2);
    let wrong = CacheConfig { url: Some("http://localhost".to_owned()), ..CacheConfig::default() };
    let refused = Cache::new(&wrong).expect_err("no Redis");
    assert!(refused.to_string().contains("[cache] url"), "{refused}");
}
