//! One isolate: the real reader, driven as `pkg-template/lib/driver.js` drives it.

use fastrand::Rng;

use crate::SECOND;
use crate::domain::decide::decision::{Hit, Miss};
use crate::domain::decide::records::Records as _;
use crate::domain::key::EntrySet;
use crate::domain::read::reader::{Options, Reader};
use crate::domain::read::step::{Answer, Items, Step, Ticket};
use crate::snapshots::{LOOKUP, Stored, at, since_start};
use crate::store::{Outcome, Store, exponential};
use crate::tally::Tally;

/// How long a lookup waits for the store, in microseconds: `timeoutMs`.
const TIMEOUT: u64 = 50_000;
/// How long a read behind an answer may take: `budgetMs`.
const BUDGET: u64 = 5 * SECOND;

/// How every isolate of a fleet is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// `revalidate: "background"`.
    pub behind: bool,
    /// Whether the deployment has a snapshot embedded.
    pub embedded: bool,
    /// Whether each reader gets a jitter of its own.
    pub jitter: bool,
    /// How often a lookup that falls back asks Paris.
    pub paris_requests: u32,
}

impl Setup {
    /// What Atlas does unless it is told otherwise.
    pub const USUAL: Self = Self { behind: false, embedded: false, jitter: true, paris_requests: 1 };
}

/// Where and when an isolate lives.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    /// When it is born, in microseconds.
    pub from: u64,
    /// When it dies.
    pub until: u64,
    /// The replica that it reads.
    pub region: usize,
    /// Its requests, in millionths of one a second.
    pub rate: u64,
    /// The publish that is embedded, of a setup that embeds one.
    pub embedded: usize,
}

impl Life {
    /// Whether it gets at least one request a second.
    pub fn is_busy(&self) -> bool {
        self.rate >= SECOND
    }
}

/// Whom a read is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// A lookup that waits, since this time.
    Lookup(u64),
    /// A refresh behind an answer, since this time.
    Refresh(u64),
    /// Later lookups: nobody waits any more.
    Later,
}

#[derive(Clone, Copy)]
struct Flight {
    ticket: Ticket,
    asked_by: For,
    answered_at: u64,
    outcome: Outcome,
}

impl Flight {
    /// When something happens next, and whether that is the answer.
    fn next(&self) -> (u64, bool) {
        let gives_up_at = match self.asked_by {
            For::Lookup(since) => since + TIMEOUT,
            For::Refresh(since) => since + BUDGET,
            For::Later => u64::MAX,
        };
        (self.answered_at.min(gives_up_at), self.answered_at <= gives_up_at)
    }
}

/// An isolate.
pub struct Isolate<'f> {
    life: Life,
    behind: bool,
    paris_requests: u32,
    store: &'f Store,
    tally: &'f mut Tally,
    rng: &'f mut Rng,
    reader: Reader<Stored>,
    flights: Vec<Flight>,
    /// Whether the driver keeps a hit (`hits.js`), and until when it may serve it.
    keeps_hit: bool,
    kept_until: u64,
}

impl<'f> Isolate<'f> {
    /// A new isolate.
    pub fn new(life: Life, setup: Setup, store: &'f Store, tally: &'f mut Tally, rng: &'f mut Rng) -> Self {
        let jitter = if setup.jitter { rng.u32(0..=Options::MOST_JITTER) } else { 0 };
        let mut reader = Reader::new(Options { jitter, ..Options::default() });
        if setup.embedded {
            reader.embed(store.state(life.embedded).items(EntrySet::ALL), at(life.from));
            drop(reader.take_events());
        }
        let (flights, keeps_hit, kept_until) = (Vec::new(), false, 0);
        let Setup { behind, paris_requests, .. } = setup;
        Self { life, behind, paris_requests, store, tally, rng, reader, flights, keeps_hit, kept_until }
    }

    /// Lives its life, event by event.
    pub fn live(mut self) {
        let mut request_at = self.next_request(self.life.from);
        loop {
            let flight = self.flights.iter().enumerate().map(|(place, flight)| (flight.next().0, place)).min();
            match flight {
                Some((now, place)) if now <= request_at => {
                    if now >= self.life.until {
                        break;
                    }
                    self.land(place, now);
                }
                _ if request_at >= self.life.until => break,
                None if self.keeps_hit && request_at < self.kept_until => {
                    let until = self.kept_until.min(self.life.until);
                    self.tally.arrived(request_at);
                    self.tally.hit(request_at, 0);
                    self.tally.from_memory(request_at, until, self.life.rate);
                    request_at = self.next_request(until);
                }
                _ => {
                    self.request(request_at);
                    request_at = self.next_request(request_at);
                }
            }
        }
        self.tally.lived(self.life.from, self.life.until, self.life.is_busy());
    }

    fn next_request(&mut self, after: u64) -> u64 {
        let seconds = exponential(self.rng) * SECOND as f64 / self.life.rate as f64;
        after + (seconds * SECOND as f64) as u64
    }

    fn request(&mut self, now: u64) {
        self.tally.arrived(now);
        if self.keeps_hit && now < self.kept_until {
            return self.tally.hit(now, 0);
        }
        let reader = &mut self.reader;
        let step = if self.behind { reader.begin_behind(&LOOKUP, at(now)) } else { reader.begin(&LOOKUP, at(now)) };
        if let Step::Read(_) = step {
            self.tally.begins_to_wait(now, now + TIMEOUT);
        }
        self.step(step, now, now);
    }

    /// Does what the reader says to a lookup that began at `since`.
    fn step(&mut self, step: Step, since: u64, now: u64) {
        match step {
            Step::Decided(result) => self.decided(&result, since, now),
            Step::Read(ticket) => self.launch(ticket, For::Lookup(since), now),
            Step::Behind(hit, ticket) => {
                self.decided(&Ok(hit), since, now);
                self.launch(ticket, For::Refresh(now), now);
            }
        }
    }

    fn decided(&mut self, result: &Result<Hit, Miss>, since: u64, now: u64) {
        if result.is_ok() {
            self.tally.hit(now, now - since);
            self.keeps_hit = true;
            self.kept_until = self.good_until(now);
        } else {
            (0..self.paris_requests).for_each(|_| self.tally.fallback(now, now - since));
            drop(self.reader.take_events());
        }
    }

    fn good_until(&self, now: u64) -> u64 {
        self.reader.standing(at(now)).map_or(0, |standing| since_start(standing.until()))
    }

    fn launch(&mut self, ticket: Ticket, asked_by: For, now: u64) {
        self.tally.read(now, self.life.is_busy());
        let (takes, outcome) = self.store.read(now, self.life.region, self.rng);
        self.keep(Flight { ticket, asked_by, answered_at: now.saturating_add(takes), outcome });
    }

    /// Makes the read that follows another one, if there is one.
    fn go_on(&mut self, next: Option<Ticket>, asked_by: For, now: u64) {
        if let Some(ticket) = next {
            self.launch(ticket, asked_by, now);
        }
    }

    /// Keeps a read in sight, unless nobody waits for it and it brings nothing.
    fn keep(&mut self, flight: Flight) {
        if flight.asked_by != For::Later || matches!(flight.outcome, Outcome::State(_)) {
            self.flights.push(flight);
        }
    }

    /// A read is answered, or given up.
    fn land(&mut self, place: usize, now: u64) {
        let flight = self.flights.swap_remove(place);
        let (_, is_answered) = flight.next();
        match (flight.asked_by, is_answered) {
            (For::Lookup(since), true) => self.receive(&flight, since, now),
            (For::Refresh(since), true) => self.receive_behind(&flight, since, now),
            (For::Later, _) => self.receive_late(&flight, now),
            (For::Lookup(since), false) => {
                let step = self.reader.receive(&flight.ticket, Answer::TimedOut, &LOOKUP, at(now));
                self.step(step, since, now);
                self.leave(flight);
            }
            // Being slow is no failure: the reader is told nothing.
            (For::Refresh(_), false) => self.leave(flight),
        }
    }

    /// Nobody waits for the read any more.
    fn leave(&mut self, flight: Flight) {
        self.keep(Flight { asked_by: For::Later, ..flight });
    }

    fn receive(&mut self, flight: &Flight, since: u64, now: u64) {
        if self.is_confirmed(flight, now) && self.keeps_hit {
            return self.tally.hit(now, now - since);
        }
        let step = self.reader.receive(&flight.ticket, self.answer(flight), &LOOKUP, at(now));
        self.step(step, since, now);
    }

    fn receive_behind(&mut self, flight: &Flight, since: u64, now: u64) {
        if self.is_confirmed(flight, now) {
            return;
        }
        let next = self.reader.receive_behind(&flight.ticket, self.answer(flight), at(now));
        drop(self.reader.take_events());
        self.go_on(next, For::Refresh(since), now);
    }

    fn receive_late(&mut self, flight: &Flight, now: u64) {
        self.keeps_hit = false;
        let Some(items) = self.items(flight) else { return };
        let next = self.reader.receive_late(&flight.ticket, items, at(now));
        self.go_on(next, For::Later, now);
    }

    /// Whether a read says that nothing is new. If not, what is kept may no longer be the answer.
    fn is_confirmed(&mut self, flight: &Flight, now: u64) -> bool {
        let Ticket { number, started_at, entries, .. } = flight.ticket;
        let confirmed = match flight.outcome {
            Outcome::State(place) if entries.is_empty() => {
                let known = self.reader.standing(at(now)).and_then(|standing| standing.manifest);
                known.is_some_and(|known| self.store.state(place).manifest().is_same_text(known, true))
            }
            _ => false,
        };
        if confirmed {
            self.reader.catch_up(number, number, started_at);
            self.kept_until = self.good_until(now);
        } else {
            self.keeps_hit = false;
        }
        confirmed
    }

    fn answer(&self, flight: &Flight) -> Answer<Stored> {
        self.items(flight).map_or_else(|| Answer::Failed("no".to_owned()), Answer::Items)
    }

    fn items(&self, flight: &Flight) -> Option<Items<Stored>> {
        match flight.outcome {
            Outcome::State(place) => Some(self.store.state(place).items(flight.ticket.entries)),
            Outcome::Failed | Outcome::Never => None,
        }
    }
}
