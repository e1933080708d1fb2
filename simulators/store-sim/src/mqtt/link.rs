//! One connection to the broker. `poll` of rumqttc must not be dropped half-way, so it runs in a task of its own; after any
//! error the client is thrown away.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use rumqttc::{AsyncClient, ConnectionError, Event, EventLoop, LastWill, MqttOptions, Packet, QoS};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{Message, MqttConfig};

/// How long connecting and subscribing may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_millis(500);
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// The longest message: a birth is some hundred bytes.
const MAX_MESSAGE: usize = 1 << 16;
/// Messages a cabinet has in a round, in all formats and with some room.
const PER_CABINET: usize = 8;

pub(super) struct Link {
    client: AsyncClient,
    heard: mpsc::Receiver<Result<Bytes, String>>,
    /// Dropped with the link: nothing polls a connection that nobody speaks on.
    poller: JoinSet<()>,
}

impl Link {
    /// Connects with a last will, and subscribes to a node's commands; says why not.
    pub(super) async fn open(
        config: &MqttConfig,
        will: Option<Message>,
        commands: String,
        cabinets: usize,
    ) -> Result<Self, String> {
        let (host, port) = config.host()?;
        let mut options = MqttOptions::new(&config.client_id, host, port);
        options.set_keep_alive(KEEP_ALIVE);
        options.set_clean_session(true);
        options.set_max_packet_size(MAX_MESSAGE, MAX_MESSAGE);
        if let (Some(user), Some(password)) = (&config.user_file, &config.password_file) {
            options.set_credentials(secret(user)?, secret(password)?);
        }
        let subscribes = will.is_some();
        if let Some(Message { topic, payload }) = will {
            options.set_last_will(LastWill::new(topic, payload, QoS::AtLeastOnce, false));
        }
        let (client, mut poll) = AsyncClient::new(options, 64 + PER_CABINET * cabinets);
        poll.network_options.set_connection_timeout(PATIENCE.as_secs());
        poll.network_options.set_tcp_nodelay(true);
        let ready = connect(&client, &mut poll, subscribes.then_some(commands), &config.address);
        let late = |_| format!("{} did not take us within {} s", config.address, PATIENCE.as_secs());
        tokio::time::timeout(PATIENCE, ready).await.map_err(late)??;
        let (tell, heard) = mpsc::channel(16);
        let mut poller = JoinSet::new();
        poller.spawn(pump(poll, tell, config.address.clone()));
        Ok(Self { client, heard, poller })
    }

    /// The next command to the node. Safe to drop and call again.
    pub(super) async fn command(&mut self) -> Result<Bytes, String> {
        self.heard.recv().await.unwrap_or_else(|| Err("the connection ended".to_owned()))
    }

    /// Publishes without waiting: a broker that takes nothing is as good as none.
    pub(super) fn publish(&self, Message { topic, payload }: Message) -> Result<(), String> {
        let sent = self.client.try_publish(topic, QoS::AtMostOnce, false, payload);
        sent.map_err(|error| format!("the broker takes nothing: {error}"))
    }

    /// Says good-bye, so that the broker keeps the will to itself.
    pub(super) async fn leave(&mut self) {
        if self.client.try_disconnect().is_ok() {
            let _ = tokio::time::timeout(FAREWELL, self.poller.join_next()).await;
        }
    }
}

async fn connect(
    client: &AsyncClient,
    poll: &mut EventLoop,
    commands: Option<String>,
    address: &str,
) -> Result<(), String> {
    loop {
        match poll.poll().await.map_err(|error| cause(address, &error))? {
            Event::Incoming(Packet::ConnAck(_)) => match &commands {
                Some(commands) => {
                    client.try_subscribe(commands, QoS::AtLeastOnce).map_err(|error| error.to_string())?;
                }
                None => return Ok(()),
            },
            Event::Incoming(Packet::SubAck(_)) => return Ok(()),
            _ => {}
        }
    }
}

async fn pump(mut poll: EventLoop, tell: mpsc::Sender<Result<Bytes, String>>, address: String) {
    loop {
        let heard = match poll.poll().await {
            Ok(Event::Incoming(Packet::Publish(publish))) => Ok(publish.payload),
            Ok(_) => continue,
            Err(error) => Err(cause(&address, &error)),
        };
        let over = heard.is_err();
        if tell.send(heard).await.is_err() || over {
            return;
        }
    }
}

fn cause(address: &str, error: &ConnectionError) -> String {
    match error {
        ConnectionError::ConnectionRefused(code) => format!("{address} refuses us ({code:?})"),
        ConnectionError::Io(error) => format!("failed to reach {address}: {error}"),
        other => format!("{address}: {other}"),
    }
}

fn secret(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("failed to read {}: {error}", path.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
