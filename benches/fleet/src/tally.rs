//! What is counted: whole numbers, so that a sum does not depend on the order in which threads end.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::{SECOND, second};

/// Requests are counted in millionths: those that an isolate serves from memory between two reads are not drawn one by
/// one, but counted as many as there are on average.
pub const REQUEST: u64 = 1_000_000;

/// The longest wait for the store, in milliseconds.
pub const LONGEST_WAIT: usize = 50;

/// What happened in one second. Together, since all of it is counted together.
#[derive(Clone, Copy, Default)]
pub struct Second {
    /// Reads of the store that began.
    pub reads: u32,
    /// Those of isolates that get at least one request a second.
    pub busy_reads: u32,
    /// Lookups that went to Paris at once.
    pub at_once: u32,
    /// Lookups that went to Paris after they had waited for the store.
    pub waited: u32,
    /// Requests that arrived, in millionths: those within the second, and by how many more or fewer there are from this
    /// second on than before.
    within: u64,
    change: i64,
    /// Lookups that arrived and may still wait for the store when the second is over.
    waiting: u32,
}

impl Second {
    fn add(&mut self, other: &Self) {
        self.reads += other.reads;
        self.busy_reads += other.busy_reads;
        self.at_once += other.at_once;
        self.waited += other.waited;
        self.within += other.within;
        self.change += other.change;
        self.waiting += other.waiting;
    }

    /// Lookups that went to Paris.
    pub fn fallbacks(&self) -> u64 {
        u64::from(self.at_once + self.waited)
    }
}

/// Counts by second, and in all.
#[derive(Clone)]
pub struct Tally {
    /// Isolates that were born.
    pub births: u64,
    /// Their time alive, in microseconds.
    pub alive: u64,
    /// Hits by the minute, and by the milliseconds that they waited for the store, in millionths.
    hits: Vec<[u64; LONGEST_WAIT + 1]>,
    /// By second.
    pub seconds: Vec<Second>,
    /// How many of those that went to Paris in a second had waited for so many milliseconds.
    waits: BTreeMap<(usize, usize), u64>,
    /// By how many more or fewer busy isolates are alive from each second on than before.
    busy_change: Vec<i32>,
}

impl Tally {
    /// Nothing yet, of a period of this many microseconds.
    pub fn new(length: u64) -> Self {
        // Answers of the last requests come after the end.
        let count = second(length) + 60;
        let (seconds, busy_change) = (vec![Second::default(); count], vec![0; count]);
        let hits = vec![[0; LONGEST_WAIT + 1]; minute(count) + 1];
        Self { births: 0, alive: 0, hits, seconds, waits: BTreeMap::new(), busy_change }
    }

    /// A request.
    pub fn arrived(&mut self, at: u64) {
        self.seconds[second(at)].within += REQUEST;
    }

    /// A lookup that waits for the store, at most until then.
    pub fn begins_to_wait(&mut self, from: u64, until: u64) {
        self.seconds[second(from)].waiting += u32::from(second(until) > second(from));
    }

    /// A hit that waited this long for the store, in microseconds.
    pub fn hit(&mut self, at: u64, waited: u64) {
        self.hits[minute(second(at))][milliseconds(waited)] += REQUEST;
    }

    /// The requests that follow from `from` to `until` at `rate` millionths of a request a second: hits from memory, counted
    /// in the minute in which they begin.
    pub fn from_memory(&mut self, from: u64, until: u64, rate: u64) {
        let count = |us: u64| rate * us / SECOND;
        let (first, last) = (second(from), second(until));
        self.hits[minute(first)][0] += count(until - from);
        if first == last {
            self.seconds[first].within += count(until - from);
            return;
        }
        let before = (first as u64 + 1) * SECOND - from;
        self.seconds[first].within += count(before);
        self.seconds[last].within += count(until - from) - count(before) - rate * (last - first - 1) as u64;
        self.seconds[first + 1].change += rate as i64;
        self.seconds[last].change -= rate as i64;
    }

    /// A lookup that goes to Paris, after it has waited this long for the store, in microseconds.
    pub fn fallback(&mut self, at: u64, waited: u64) {
        let at = second(at);
        if waited == 0 {
            self.seconds[at].at_once += 1;
        } else {
            self.seconds[at].waited += 1;
            *self.waits.entry((at, milliseconds(waited))).or_default() += 1;
        }
    }

    /// A read of the store.
    pub fn read(&mut self, at: u64, is_busy: bool) {
        let second = &mut self.seconds[second(at)];
        second.reads += 1;
        second.busy_reads += u32::from(is_busy);
    }

    /// An isolate that lived from `from` to `until`.
    pub fn lived(&mut self, from: u64, until: u64, is_busy: bool) {
        self.births += 1;
        self.alive += until - from;
        self.busy_change[second(from)] += i32::from(is_busy);
        self.busy_change[second(until)] -= i32::from(is_busy);
    }

    /// Adds another tally.
    pub fn add(&mut self, other: &Self) {
        self.births += other.births;
        self.alive += other.alive;
        let hits = self.hits.iter_mut().flatten().zip(other.hits.iter().flatten());
        hits.for_each(|(sum, more)| *sum += more);
        self.seconds.iter_mut().zip(&other.seconds).for_each(|(sum, more)| sum.add(more));
        other.waits.iter().for_each(|(wait, more)| *self.waits.entry(*wait).or_default() += more);
        self.busy_change.iter_mut().zip(&other.busy_change).for_each(|(sum, more)| *sum += more);
    }

    /// Requests by second, in millionths.
    pub fn requests(&self) -> Vec<u64> {
        let mut rate = 0;
        let requests = |second: &Second| {
            rate += second.change;
            second.within + rate as u64
        };
        self.seconds.iter().map(requests).collect()
    }

    /// By second, in millionths, the requests that can go to Paris in it if each goes there once: those that arrive, and
    /// those that have waited for the store since the second before.
    pub fn demand(&self) -> Vec<u64> {
        let waiting = self.seconds.iter().map(|second| u64::from(second.waiting) * REQUEST);
        self.requests()
            .into_iter()
            .zip([0].into_iter().chain(waiting))
            .map(|(arrived, waited)| arrived + waited)
            .collect()
    }

    /// Busy isolates by second.
    pub fn busy(&self) -> Vec<i32> {
        let mut alive = 0;
        let busy = |change: &i32| {
            alive += change;
            alive
        };
        self.busy_change.iter().map(busy).collect()
    }

    /// Hits from one minute to the other, by the milliseconds that they waited for the store, in millionths.
    pub fn hits(&self, seconds: Range<usize>) -> [u64; LONGEST_WAIT + 1] {
        let minutes = &self.hits[minute(seconds.start)..minute(seconds.end)];
        std::array::from_fn(|ms| minutes.iter().map(|hits| hits[ms]).sum())
    }

    /// Of the lookups that waited for the store before they went to Paris in these seconds: the second, the milliseconds,
    /// and how many.
    pub fn waits(&self, seconds: Range<usize>) -> impl Iterator<Item = (usize, usize, u64)> {
        self.waits.range((seconds.start, 0)..(seconds.end, 0)).map(|((second, ms), count)| (*second, *ms, *count))
    }

    /// Requests to Paris by second.
    pub fn fallbacks(&self) -> Vec<u64> {
        self.seconds.iter().map(Second::fallbacks).collect()
    }
}

fn minute(second: usize) -> usize {
    second / 60
}

fn milliseconds(waited: u64) -> usize {
    (waited as usize / 1000).min(LONGEST_WAIT)
}
