//! Listens on a channel of Michael's database, whatever happens to the connection: a notification asks for a sync, and so
//! does a new connection, since notifications may have been missed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::metrics::Notifier;
use super::state::Service;
use crate::sync::run::waits;
use crate::sync::source::postgres::{Channel, Listening, PostgresSource};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A connection that held for so long was a good one: after its end the waits begin anew.
const STEADY: Duration = Duration::from_mins(1);

/// Listens until this is dropped.
pub async fn listen(service: Arc<Service>, source: PostgresSource, channel: Channel) {
    service.listening(false);
    let backoff = || waits(FIRST_WAIT, LONGEST_WAIT);
    let mut pauses = backoff();
    loop {
        match source.listen(&channel).await {
            Ok(listening) => {
                let since = Instant::now();
                take(&service, listening, &channel).await;
                if since.elapsed() >= STEADY {
                    pauses = backoff();
                }
            }
            Err(error) => tracing::error!(
                %channel, %error, "could not listen for notifications; changes are published by the hourly sync"
            ),
        }
        tokio::time::sleep(pauses.next().unwrap_or(LONGEST_WAIT)).await;
    }
}

/// Takes notifications until the connection ends.
async fn take(service: &Service, mut listening: Listening, channel: &Channel) {
    tracing::info!(%channel, "listening for notifications");
    service.listening(true);
    let error = loop {
        match listening.heard().await {
            Ok(()) => service.notified(Notifier::Channel),
            Err(error) => break error,
        }
    };
    service.listening(false);
    tracing::warn!(%channel, %error, "the connection for notifications ended; connecting again");
}
