//! Paris as a queue with a finite capacity, from the requests that reach it each second.

/// How long Paris takes for one request, in milliseconds.
pub const SERVICE_MS: u64 = 60;
/// A request that would take longer than this in all is given up: Venice's budget.
pub const BUDGET_MS: u64 = 5_000;

/// What a request that arrives in a second waits in the queue, in milliseconds, for each second. Requests whose budget
/// would not last leave the queue.
pub fn queue(arrivals: &[u64], capacity: u64) -> Vec<u64> {
    let mut waiting = 0;
    let longest = capacity * BUDGET_MS / 1000;
    let wait = |arrived: &u64| {
        // On average half of the second's arrivals are before one.
        let before = waiting + arrived.saturating_sub(capacity) / 2;
        waiting = (waiting + arrived).saturating_sub(capacity).min(longest);
        (before * 1000 / capacity.max(1)).min(BUDGET_MS)
    };
    arrivals.iter().map(wait).collect()
}
