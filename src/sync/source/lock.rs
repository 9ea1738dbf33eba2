//! The lock that keeps two runs for one store apart, for as long as a run lasts.
//!
//! It is a courtesy that saves work and tells people who is at it. What makes a lost update impossible is the marker
//! in the store: a lock can be lost at any moment, also between the last look at it and the write.

use std::fmt;

use async_trait::async_trait;

use super::SourceError;

/// A lock that is held while this exists, or none, of a source that has none.
///
/// Dropping it lets go of it too, but only soon after: whoever starts the next run at once calls [`Lock::release`].
#[derive(Debug)]
#[must_use = "the lock is let go of when this is dropped"]
pub struct Lock(Option<Box<dyn HeldLock>>);

impl Lock {
    /// Of a source that has none: always held.
    pub const fn none() -> Self {
        Self(None)
    }

    pub fn held(lock: Box<dyn HeldLock>) -> Self {
        Self(Some(lock))
    }

    pub const fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// Makes sure that the lock is held at this moment. To be asked right before each write.
    ///
    /// # Errors
    ///
    /// [`SourceError::LockLost`]: nothing must be written any more.
    pub async fn still_held(&self) -> Result<(), SourceError> {
        match &self.0 {
            Some(lock) => lock.still_held().await,
            None => Ok(()),
        }
    }

    /// Lets go of the lock: when this returns, the next run can have it. Cannot fail, since the end of the connection
    /// frees it in any case.
    pub async fn release(self) {
        if let Some(lock) = self.0 {
            lock.release().await;
        }
    }
}

#[async_trait]
pub trait HeldLock: fmt::Debug + Send + Sync {
    async fn still_held(&self) -> Result<(), SourceError>;

    async fn release(self: Box<Self>);
}
