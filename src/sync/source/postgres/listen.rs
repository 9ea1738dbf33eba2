//! Notifications of the database (`LISTEN`), on a connection of their own.
//!
//! A pooler in transaction mode accepts `LISTEN` and delivers nothing. So before a connection counts as listening, a
//! notification is sent to it by another one, on a channel of that name's own, and has to arrive.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use super::PostgresSource;
use super::connection::{Connection, literal};
use crate::sync::source::SourceError;

/// The longest name, in bytes, that `PostgreSQL` does not cut off.
const MOST_BYTES: usize = 63;

/// How long a notification may take to arrive. On a connection that is idle it is there at once.
const DELIVERY: Duration = Duration::from_secs(5);

/// How often a silent connection is asked whether it is alive.
const PING: Duration = Duration::from_secs(30);

/// Lets a session be idle for longer than a role or a database may have it, if the server knows the setting.
const STAY: &str = "\
    select pg_catalog.set_config(name, '0', false) from (values ('idle_session_timeout')) as settings (name)
    where pg_catalog.current_setting(name, true) is not null";

/// The name of a channel, taken as it is written, upper and lower case included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel(String);

impl FromStr for Channel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        // Such as the line break at the end of a file: nobody would ever notify such a channel.
        if name.contains(char::is_control) {
            return Err("expected the name of a channel without control characters, found one".to_owned());
        }
        match name.len() {
            1..=MOST_BYTES => Ok(Self(name.to_owned())),
            length => {
                Err(format!("expected the name of a channel, 1 to {MOST_BYTES} bytes long, found {length} bytes"))
            }
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Channel {
    /// A name that nobody else uses.
    pub(crate) fn random() -> Self {
        Self(format!("atlas_probe_{:016x}", fastrand::u64(..)))
    }

    /// As an identifier in SQL.
    fn identifier(&self) -> String {
        format!("\"{}\"", self.0.replace('"', "\"\""))
    }

    /// As a text in SQL.
    pub fn literal(&self) -> String {
        literal(&self.0)
    }
}

/// Why nothing is heard.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "{origin} accepted LISTEN, but delivered no notification within {} s: a pooler in transaction mode stands \
         between; set ATLAS_SOURCE to the database's direct address, or to a pooler in session mode (Supabase: port 5432 \
         in place of 6543)", DELIVERY.as_secs()
    )]
    NotDelivered { origin: String },
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// A connection on which notifications arrive.
#[derive(Debug)]
pub struct Listening {
    connection: Connection,
    /// The channels of the notifications that arrive.
    notifications: Receiver<String>,
    listen: String,
}

impl PostgresSource {
    /// Listens on a channel. When this returns, notifications are delivered.
    pub async fn listen(&self, channel: &Channel) -> Result<Listening, ListenError> {
        let (connection, notifications) = Connection::open(&self.address, self.tls.as_ref()).await?;
        let listen = format!("listen {}", channel.identifier());
        let mut listening = Listening { connection, notifications, listen };
        // First, so that a pooler is left with no more than a name that nobody uses.
        let probe = Channel::random();
        listening.connection.rows(&format!("listen {}", probe.identifier())).await?;
        let delivered = self.reaches(&mut listening, &probe).await;
        listening.connection.rows(&format!("unlisten {}", probe.identifier())).await?;
        if !delivered? {
            return Err(ListenError::NotDelivered { origin: listening.connection.origin });
        }
        // No pooler hands this session on.
        listening.connection.rows(STAY).await?;
        listening.connection.rows(&listening.listen).await?;
        Ok(listening)
    }

    /// Whether a notification that another connection sends arrives.
    async fn reaches(&self, listening: &mut Listening, channel: &Channel) -> Result<bool, SourceError> {
        let sender = self.connect().await?;
        sender.rows(&format!("select pg_catalog.pg_notify({}, '')", channel.literal())).await?;
        sender.close().await;
        let arrival = async {
            while let Some(heard) = listening.notifications.recv().await {
                if heard == channel.0 {
                    return true;
                }
            }
            false
        };
        Ok(timeout(DELIVERY, arrival).await.unwrap_or(false))
    }
}

impl Listening {
    /// Waits for the next notification; the error says what ended the connection.
    pub async fn heard(&mut self) -> Result<(), SourceError> {
        loop {
            match timeout(PING, self.notifications.recv()).await {
                Ok(Some(_)) => return Ok(()),
                // The connection has ended, so this says why; and if it is alive, listening again does no harm.
                Ok(None) | Err(_) => drop(self.connection.rows(&self.listen).await?),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_as_an_identifier_and_as_a_text() {
        for (name, identifier, literal) in [
            ("atlas", "\"atlas\"", "'atlas'"),
            ("Michael's \"rows\"", "\"Michael's \"\"rows\"\"\"", "'Michael''s \"rows\"'"),
            (r"a\b", r#""a\b""#, r"E'a\\b'"),
        ] {
            let channel: Channel = name.parse().unwrap();
            assert_eq!((channel.identifier().as_str(), channel.literal().as_str()), (identifier, literal));
        }
    }

    #[test]
    fn a_name_has_1_to_63_bytes_and_no_control_characters() {
        for (name, good) in [
            ("", false),
            ("é", true),
            (&"a".repeat(63), true),
            (&"é".repeat(32), false),
            ("a\0", false),
            ("a\n", false),
        ] {
            assert_eq!(name.parse::<Channel>().is_ok(), good, "{name:?}");
        }
    }
}
