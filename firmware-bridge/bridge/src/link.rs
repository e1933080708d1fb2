//! A board at a port: the task around [`Host`]. It opens the port, again and again where that must be, and does what the
//! host says; what the host tells goes to a channel, and what the consumer has to say comes from another.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use crate::host::{Host, HostConfig, Input, Now, Output, Resume};
use crate::port::{Port, PortConfig};

/// A port that takes no byte for this long is gone, or held by flow control for ever.
const WRITE_PATIENCE: Duration = Duration::from_secs(2);

/// Which board, where.
#[derive(Clone, Debug)]
pub struct LinkConfig {
    /// The line.
    pub port: PortConfig,
    /// The conversation.
    pub host: HostConfig,
    /// What an earlier run has kept.
    pub resume: Option<Resume>,
    /// Differs between runs of the program.
    pub seed: u32,
    /// The first wait before a port is opened again; it doubles up to …
    pub min_wait: Duration,
    /// … this.
    pub max_wait: Duration,
}

impl LinkConfig {
    /// With the usual conversation.
    pub fn new(port: PortConfig, seed: u32) -> Self {
        let (min_wait, max_wait) = (Duration::from_millis(200), Duration::from_secs(5));
        Self { port, host: HostConfig::default(), resume: None, seed, min_wait, max_wait }
    }
}

/// What a link tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The port is open; whether a board is there shows.
    Opened,
    /// It is not, or not any more, and why.
    Closed(String),
    /// Bytes came in, as they came; for whoever looks at the line.
    Heard(Vec<u8>),
    /// Bytes went out.
    Said(Vec<u8>),
    /// What the host has to tell; never [`Output::Send`].
    Board(Output),
}

/// Nobody listens any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what the board says has nowhere to go")]
pub struct Unheard;

/// Talks to the board until nobody listens. `wall` reads the wall clock, µs since 1970. Safe to drop and start again with
/// the [`Resume`] that was kept.
pub async fn run(
    config: LinkConfig,
    wall: impl Fn() -> i64,
    said: mpsc::Receiver<Input<'static>>,
    told: mpsc::Sender<Told>,
) -> Result<(), Unheard> {
    let host = Host::new(config.host.clone(), config.resume, config.seed);
    let mut link = Link { host, began: Instant::now(), wall, said, told };
    let mut wait = config.min_wait;
    loop {
        let frames = link.host.counts().frames;
        let why = match Port::open(&config.port) {
            Ok(port) => link.serve(port).await?,
            Err(error) => error.to_string(),
        };
        if link.host.counts().frames > frames {
            wait = config.min_wait;
        }
        link.tell(Told::Closed(why)).await?;
        link.idle(wait).await?;
        wait = (wait * 2).min(config.max_wait);
    }
}

struct Link<W> {
    host: Host,
    began: Instant,
    wall: W,
    said: mpsc::Receiver<Input<'static>>,
    told: mpsc::Sender<Told>,
}

impl<W: Fn() -> i64> Link<W> {
    fn now(&self) -> Now {
        let steady_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Now { steady_us, wall_us: (self.wall)() }
    }

    async fn tell(&self, told: Told) -> Result<(), Unheard> {
        self.told.send(told).await.map_err(|_| Unheard)
    }

    /// Serves an open port until it breaks; says why.
    async fn serve(&mut self, mut port: Port) -> Result<String, Unheard> {
        self.tell(Told::Opened).await?;
        let outputs = self.host.step(self.now(), Input::Opened);
        let mut broken = self.perform(outputs, Some(&mut port)).await?;
        let mut bytes = [0; 1024];
        let why = loop {
            if let Some(why) = broken {
                break why;
            }
            let wake = self.wake();
            let outputs = tokio::select! {
                heard = port.read(&mut bytes) => match heard {
                    Ok(0) => break "the port has ended: is the adapter still plugged in?".to_owned(),
                    Ok(count) => {
                        self.tell(Told::Heard(bytes[..count].to_vec())).await?;
                        self.host.step(self.now(), Input::Bytes(&bytes[..count]))
                    }
                    Err(error) => break format!("failed to read the port: {error}"),
                },
                said = self.said.recv() => self.host.step(self.now(), said.ok_or(Unheard)?),
                () = sleep_until(wake) => self.host.step(self.now(), Input::Tick),
            };
            broken = self.perform(outputs, Some(&mut port)).await?;
        };
        let outputs = self.host.step(self.now(), Input::Closed);
        self.perform(outputs, None).await?;
        Ok(why)
    }

    /// Waits without a port; what is said meanwhile is heard.
    async fn idle(&mut self, wait: Duration) -> Result<(), Unheard> {
        let until = Instant::now() + wait;
        loop {
            let outputs = tokio::select! {
                () = sleep_until(until) => return Ok(()),
                said = self.said.recv() => self.host.step(self.now(), said.ok_or(Unheard)?),
            };
            self.perform(outputs, None).await?;
        }
    }

    fn wake(&self) -> Instant {
        let at = Duration::from_micros(self.host.wake_at());
        // At least a look a second: the wall clock may have been set.
        self.began.checked_add(at).unwrap_or(self.began).clamp(Instant::now(), Instant::now() + Duration::from_secs(1))
    }

    /// Sends and tells; why the port is of no more use, if it is not.
    async fn perform(&mut self, outputs: Vec<Output>, mut port: Option<&mut Port>) -> Result<Option<String>, Unheard> {
        let mut broken = None;
        for output in outputs {
            match (output, &mut port) {
                (Output::Send(frame), Some(port)) if broken.is_none() => {
                    broken = match timeout(WRITE_PATIENCE, port.write_all(&frame)).await {
                        Ok(Ok(())) => None,
                        Ok(Err(error)) => Some(format!("failed to write to the port: {error}")),
                        Err(_) => Some("the port takes no bytes: check flow control".to_owned()),
                    };
                    self.tell(Told::Said(frame)).await?;
                }
                (Output::Send(_), _) => {}
                (output, _) => self.tell(Told::Board(output)).await?,
            }
        }
        Ok(broken)
    }
}
