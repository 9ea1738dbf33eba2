//! Plays a random sequence to a reader, and holds it to the properties after every event.

use atlas::domain::decide::decision::{Hit, Miss};
use atlas::domain::decide::freshness::{DEFAULT_MAX_AGE_MS, MAX_SKEW_MS};
use atlas::domain::decide::records::Records as _;
use atlas::domain::decide::route::{Lookup, Need, need};
use atlas::domain::key::{EntryKey, EntrySet, Key};
use atlas::domain::read::reader::{Options, Reader};
use atlas::domain::read::step::{Answer, Step, Ticket};
use atlas::domain::reason::Reason;
use atlas::domain::time::Timestamp;

use super::model::Model;
use super::world::{Cell, Cells, HOUR, LOOKUPS, Published, items, of_manifest, published};
use crate::support::{Stored, at};

const OPTIONS: Options = Options {
    refresh_ms: 10_000,
    max_age_ms: DEFAULT_MAX_AGE_MS,
    log_window_ms: 60_000,
    signed: false,
    min_version: 0,
    jitter: 0,
};
const MOST_READS: u8 = 3;

/// Something that happens to a reader. A place beyond the end counts from the beginning again.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// The clock goes on, or back.
    Advance(i64),
    /// The store holds this snapshot from now on.
    Publish(usize),
    Begin(usize),
    Peek(usize),
    /// A read under way is answered with what the store holds.
    Answer(usize),
    /// A read under way is answered with something else.
    Garble(usize, Cells),
    Fail(usize),
    TimeOut(usize),
    /// Nobody ever hears of a read again.
    Cancel(usize),
    /// A read that had timed out is answered after all.
    Late(usize),
    LateGarble(usize, Cells),
    /// A whole lookup while the store answers at once.
    LookUp(usize),
    TakeEvents,
}

/// A read under way, and the lookup that waits for it; none if it is made behind an answer.
struct Waiting {
    lookup: Option<Lookup<'static>>,
    ticket: Ticket,
    reads: u8,
}

/// The hits that the driver keeps, as `pkg-template/lib/hits.js` does.
#[derive(Default)]
struct Kept {
    /// How often one was served.
    served: u64,
    lookups: Vec<Lookup<'static>>,
    since: Option<Timestamp>,
    standing: Option<Standing>,
}

/// As the reader has given it.
struct Standing {
    due_at: Timestamp,
    expires_at: Timestamp,
    manifest: Option<Stored>,
    number: u64,
    refresh_ms: u64,
}

impl Kept {
    fn stands(&self, lookup: &Lookup<'static>, now: Timestamp) -> bool {
        self.is(lookup, now, |standing| now < standing.due_at)
    }

    /// Whether a read of the manifest alone is all that a hit needs.
    fn is_due(&self, lookup: &Lookup<'static>, now: Timestamp) -> bool {
        self.is(lookup, now, |standing| now >= standing.due_at && standing.manifest.is_some())
    }

    fn is(&self, lookup: &Lookup<'static>, now: Timestamp, is: impl Fn(&Standing) -> bool) -> bool {
        let is_now = |standing: &Standing| now < standing.expires_at && is(standing);
        self.since.is_some_and(|since| now >= since)
            && self.standing.as_ref().is_some_and(is_now)
            && self.lookups.contains(lookup)
    }

    fn clear(&mut self) {
        self.lookups.clear();
        self.standing = None;
    }
}

pub struct Driver {
    /// Nothing is asked of it before it is [`Self::told`] what it was not asked for.
    reader: Reader<Stored>,
    /// The numbers of the last read, and of the last that brought nothing new, with when that began.
    untold: Option<(u64, u64, Timestamp)>,
    model: Model,
    now: Timestamp,
    store: usize,
    waiting: Vec<Waiting>,
    timed_out: Vec<Ticket>,
    last_number: u64,
    /// Each manifest that verified: the number of its read, when that began, and its version.
    seen: Vec<(u64, Timestamp, u64)>,
    behind: bool,
    kept: Kept,
}

impl Driver {
    /// `behind`: every caller can go on reading after its answer. What is then logged is not foretold.
    pub fn new(behind: bool) -> Self {
        let (reader, model) = (Reader::new(OPTIONS), Model::new(OPTIONS.log_window_ms));
        let (waiting, timed_out) = (Vec::new(), Vec::new());
        let (now, seen) = (at(8 * HOUR), Vec::new());
        let (store, last_number, untold, kept) = (3, 0, None, Kept::default());
        Self { reader, untold, model, now, store, waiting, timed_out, last_number, seen, behind, kept }
    }

    /// The reader, once it knows all that the driver does.
    fn told(&mut self) -> &mut Reader<Stored> {
        if let Some((reads, number, began_at)) = self.untold.take() {
            self.reader.catch_up(reads, number, began_at);
        }
        &mut self.reader
    }

    pub fn play(&mut self, events: &[Event]) {
        for event in events {
            self.happens(event);
            self.check_memo();
        }
        self.check_events();
    }

    fn happens(&mut self, event: &Event) {
        match *event {
            Event::Advance(ms) => self.now = Timestamp::from_millis(self.now.as_millis() + ms),
            Event::Publish(place) => self.store = place,
            Event::Begin(lookup) => self.begin(LOOKUPS[lookup]),
            Event::Peek(lookup) => {
                let now = self.now;
                if let Some(result) = self.told().peek(&LOOKUPS[lookup], now) {
                    self.decided_from_memory(&LOOKUPS[lookup], &result);
                }
            }
            Event::Answer(place) => self.answer(place, &[Cell::Of(self.store); Key::ALL.len()]),
            Event::Garble(place, cells) => self.answer(place, &cells),
            Event::Fail(place) => {
                self.give_up(place, Answer::Failed("no".to_owned()), Reason::Unavailable);
            }
            Event::TimeOut(place) => {
                let ticket = self.give_up(place, Answer::TimedOut, Reason::Timeout);
                self.timed_out.extend(ticket);
            }
            Event::Cancel(place) => drop(taken(&mut self.waiting, place)),
            Event::Late(place) => self.late(place, &[Cell::Of(self.store); Key::ALL.len()]),
            Event::LateGarble(place, cells) => self.late(place, &cells),
            Event::LookUp(lookup) => self.look_up(LOOKUPS[lookup]),
            Event::TakeEvents => self.check_events(),
        }
    }

    fn begin(&mut self, lookup: Lookup<'static>) {
        if self.kept.stands(&lookup, self.now) {
            return self.serve_kept(&lookup);
        }
        let (now, behind) = (self.now, self.behind);
        if !behind && self.kept.is_due(&lookup, now) {
            return self.begin_alone(lookup);
        }
        let reader = self.told();
        let step = if behind { reader.begin_behind(&lookup, now) } else { reader.begin(&lookup, now) };
        match step {
            Step::Read(ticket) => self.began(Some(lookup), ticket),
            Step::Behind(hit, ticket) => {
                assert!(self.behind, "a read behind the answer of a caller who cannot go on");
                self.decided(&lookup, &Ok(hit));
                self.began(None, ticket);
            }
            Step::Decided(Err(miss)) if miss.reason == Reason::BreakerOpen => {
                assert!(self.model.is_open(self.now), "held back by a breaker that is closed");
                self.model.decided(&Err(miss), self.now);
            }
            Step::Decided(Ok(hit)) if self.behind => self.decided(&lookup, &Ok(hit)),
            Step::Decided(result) => self.decided_from_memory(&lookup, &result),
        }
    }

    /// A read of the manifest alone, for which the reader is not asked. It would have made the same.
    fn begin_alone(&mut self, lookup: Lookup<'static>) {
        assert!(!self.reader.has_answer(lookup.needed(), self.now) || self.untold.is_some(), "a read that is not due");
        let number = self.last_number + 1;
        let (_, confirmed, began_at) = self.untold.unwrap_or((0, 0, self.now));
        self.untold = Some((number, confirmed, began_at));
        let entries = EntrySet::of(|_| false);
        self.began(Some(lookup), Ticket { number, attempt: 1, started_at: self.now, entries });
    }

    /// A hit that is served again without asking the reader.
    fn serve_kept(&mut self, lookup: &Lookup<'static>) {
        self.kept.served += 1;
        self.check_hit(lookup, &Hit { plan_known: lookup.plan.is_some(), warning: None });
    }

    fn began(&mut self, lookup: Option<Lookup<'static>>, ticket: Ticket) {
        assert!(!self.model.is_open(self.now), "a read behind an open breaker");
        self.model.read_began(self.now);
        self.waits(lookup, ticket, 1);
    }

    /// No I/O: only within the refresh time of a verified read.
    fn decided_from_memory(&mut self, lookup: &Lookup<'static>, result: &Result<Hit, Miss>) {
        let age = self.seen.iter().map(|(_, began, _)| self.now.distance(*began)).min();
        assert!(age.is_some_and(|age| age < OPTIONS.refresh_ms), "from memory, {age:?} ms from a verified read");
        self.decided(lookup, result);
    }

    fn waits(&mut self, lookup: Option<Lookup<'static>>, ticket: Ticket, reads: u8) {
        assert!(reads <= MOST_READS, "a lookup that reads {reads} times");
        assert_eq!((ticket.attempt.min(reads), ticket.started_at), (reads, self.now), "{ticket:?}");
        assert!(ticket.number > self.last_number, "reads are numbered as they begin: {ticket:?}");
        self.last_number = ticket.number;
        self.waiting.push(Waiting { lookup, ticket, reads });
    }

    fn answer(&mut self, place: usize, cells: &Cells) {
        let Some(Waiting { lookup, ticket, reads }) = taken(&mut self.waiting, place) else { return };
        self.model.read_answered(self.now);
        self.brought(&ticket, cells);
        let confirmed = self.confirmed(&ticket, cells);
        let answer = Answer::Items(items(cells, ticket.keys()));
        let Some(lookup) = lookup else {
            if confirmed {
                return;
            }
            let now = self.now;
            if let Some(next) = self.told().receive_behind(&ticket, answer, now) {
                self.waits(None, next, reads + 1);
            }
            return;
        };
        if confirmed && self.kept.stands(&lookup, self.now) {
            return self.serve_kept(&lookup);
        }
        let now = self.now;
        match self.told().receive(&ticket, answer, &lookup, now) {
            Step::Read(next) => self.waits(Some(lookup), next, reads + 1),
            Step::Behind(hit, _) => panic!("a lookup that waited is served {hit:?} before its answer is looked at"),
            Step::Decided(result) => {
                // An entry that is held already, as the manifest names it, is not looked at, torn or not.
                let by_a_torn_entry = result.as_ref().is_err_and(|miss| miss.message.contains("the manifest names"));
                assert!(ticket.attempt == MOST_READS || !by_a_torn_entry, "a torn read is read once more");
                let went_back = result.as_ref().is_err_and(|miss| miss.reason == Reason::Rollback);
                assert!(!went_back || self.saw_newer_before(&ticket, cells), "a slow answer is no rollback");
                self.decided(&lookup, &result);
            }
        }
    }

    /// Whether what came says that nothing is new, so that what is kept stands; if not, it is dropped.
    fn confirmed(&mut self, ticket: &Ticket, cells: &Cells) -> bool {
        let Ticket { number, started_at, entries, .. } = *ticket;
        let manifest = items(cells, ticket.keys()).manifest.map(|item| item.value).filter(|_| entries.is_empty());
        let is_same = |known: &Stored| manifest.is_some_and(|value| value.is_same_text(known, true));
        let standing = self.kept.standing.as_mut().filter(|standing| standing.manifest.as_ref().is_some_and(is_same));
        let Some(standing) = standing else {
            self.kept.clear();
            return false;
        };
        if number > standing.number {
            (standing.number, standing.due_at) = (number, started_at.plus(standing.refresh_ms));
        }
        self.kept.since = self.kept.since.max(Some(self.now));
        let (_, confirmed, _) = self.untold.unwrap_or((0, 0, self.now));
        if number > confirmed {
            self.untold = Some((self.last_number, number, started_at));
        }
        true
    }

    /// Whether a read that began before this one brought a later version than this one did.
    fn saw_newer_before(&self, ticket: &Ticket, cells: &Cells) -> bool {
        let version = cells[0].text(Key::Manifest).and_then(|text| of_manifest(&text)).map(|found| found.version);
        self.seen.iter().any(|(number, _, seen)| *number < ticket.number && Some(*seen) > version)
    }

    fn give_up(&mut self, place: usize, answer: Answer<Stored>, reason: Reason) -> Option<Ticket> {
        let Waiting { lookup, ticket, .. } = taken(&mut self.waiting, place)?;
        self.model.read_failed(self.now);
        self.kept.clear();
        let Some(lookup) = lookup else {
            let now = self.now;
            assert_eq!(self.told().receive_behind(&ticket, answer, now), None, "a failed read leads to another");
            return Some(ticket);
        };
        let now = self.now;
        match self.told().receive(&ticket, answer, &lookup, now) {
            Step::Decided(result) => {
                assert_eq!(result.as_ref().err().map(|miss| miss.reason), Some(reason));
                self.decided(&lookup, &result);
            }
            other => panic!("a failed read leads to another: {other:?}"),
        }
        Some(ticket)
    }

    fn late(&mut self, place: usize, cells: &Cells) {
        let Some(ticket) = taken(&mut self.timed_out, place) else { return };
        self.brought(&ticket, cells);
        let held = EntryKey::ALL.map(|key| self.reader.held(Key::Entry(key)).is_some());
        self.kept.clear();
        let now = self.now;
        let next = self.told().receive_late(&ticket, items(cells, ticket.keys()), now);
        self.timed_out.extend(next);
        for (key, held) in EntryKey::ALL.into_iter().zip(held) {
            assert!(!held || self.reader.held(Key::Entry(key)).is_some(), "a late answer cost {key}");
        }
    }

    /// Notes a manifest that verifies; what came beside it is checked when it is served.
    fn brought(&mut self, ticket: &Ticket, cells: &Cells) {
        if let Some(found) = cells[0].text(Key::Manifest).and_then(|text| of_manifest(&text)) {
            self.seen.push((ticket.number, ticket.started_at, found.version));
        }
    }

    /// While the store answers at once, and rightly, the decision is known; and the same lookup then needs no read.
    fn look_up(&mut self, lookup: Lookup<'static>) {
        let before = self.waiting.len();
        let hits = self.model.hits + self.kept.served;
        let floor = self.model.floor;
        self.begin(lookup);
        let mut reads = 0;
        while self.waiting.len() > before {
            reads += 1;
            assert!(reads <= 2, "{reads} reads of a store that stood still");
            self.answer(before, &[Cell::Of(self.store); Key::ALL.len()]);
        }
        if reads == 0 || self.behind {
            return;
        }
        let expected = expected(published(self.store), &lookup, floor, self.now);
        let hit = self.model.hits + self.kept.served > hits;
        assert_eq!(hit, expected == "hit", "expected {expected} of version {}", published(self.store).version);
        if hit {
            let now = self.now;
            let again = self.told().peek(&lookup, now).expect("no read is due");
            self.decided_from_memory(&lookup, &again);
        }
    }

    fn decided(&mut self, lookup: &Lookup<'static>, result: &Result<Hit, Miss>) {
        self.model.decided(result, self.now);
        let Ok(hit) = result else { return };
        self.check_hit(lookup, hit);
        if hit.warning.is_none() {
            self.kept.lookups.push(*lookup);
            self.kept.since = Some(self.now);
            self.kept.standing = self.reader.standing(self.now).map(|standing| Standing {
                due_at: standing.due_at,
                expires_at: standing.expires_at,
                manifest: standing.manifest.cloned(),
                number: standing.number,
                refresh_ms: standing.refresh_ms,
            });
        }
    }

    /// What is served is what one snapshot published, and neither old, nor from the future, nor older than before.
    fn check_hit(&mut self, lookup: &Lookup<'_>, hit: &Hit) {
        let served = self.served();
        assert_eq!(served.records_say(lookup), "hit");
        assert!(served.version >= self.model.floor, "version {} after {}", served.version, self.model.floor);
        self.model.floor = served.version;
        let checked_at = at(served.checked_at);
        let age_ms = self.now.elapsed_since(checked_at);
        assert!(age_ms <= OPTIONS.max_age_ms && checked_at.since(self.now) <= MAX_SKEW_MS, "{age_ms} ms: {hit:?}");
        for key in EntryKey::ALL {
            let is_needed =
                need(lookup.needed(), key) == Need::Required || (key == EntryKey::PlanHints && hit.plan_known);
            if is_needed {
                let key = Key::Entry(key);
                assert_eq!(self.reader.held(key).map(|held| held.text.as_str()), served.text(key), "{key}");
            }
        }
        assert!(!hit.plan_known || (served.has_plans && lookup.plan.is_some()));
        assert_eq!(hit.warning.is_some(), lookup.plan.is_some() && !hit.plan_known);
    }

    fn served(&self) -> &'static Published {
        let manifest = self.reader.held(Key::Manifest).expect("a hit without a manifest");
        of_manifest(&manifest.text).unwrap_or_else(|| panic!("a manifest that nobody published: {}", manifest.text))
    }

    /// Whatever is remembered was published, and belongs together.
    fn check_memo(&mut self) {
        if self.reader.manifest().is_none() {
            return;
        }
        let served = self.served();
        for key in EntryKey::ALL.map(Key::Entry) {
            let held = self.reader.held(key).map(|held| held.text.as_str());
            assert!(held.is_none() || held == served.text(key), "{key} is not what the manifest names: {held:?}");
        }
    }

    fn check_events(&mut self) {
        let events = self.reader.take_events();
        let lines: Vec<_> = events.iter().map(|event| (event.event, event.reason, event.suppressed)).collect();
        assert!(lines == self.model.take_lines() || self.behind, "{lines:?}");
    }
}

/// What a lookup that reads this snapshot, whole, must lead to.
fn expected(store: &Published, lookup: &Lookup<'_>, floor: u64, now: Timestamp) -> &'static str {
    let checked_at = at(store.checked_at);
    if store.version < floor {
        "rollback"
    } else if checked_at.since(now) > MAX_SKEW_MS {
        "clock_skew"
    } else if now.elapsed_since(checked_at) > OPTIONS.max_age_ms {
        "expired"
    } else {
        store.records_say(lookup)
    }
}

/// Takes one of several out, if there is any.
fn taken<T>(list: &mut Vec<T>, place: usize) -> Option<T> {
    (!list.is_empty()).then(|| list.remove(place % list.len()))
}
