//! The reader as JavaScript drives it. Each method is one synchronous step of a lookup, or a query. Waiting, timers and
//! the clock belong to JavaScript. The table of calls is in `pkg-template/lib/driver.js`.
//!
//! What a call makes is handed to the host. No call returns an object: if V8 drops its caller's optimised code meanwhile, Node
//! 20 and 22 would end the process.

use wasm_bindgen::prelude::*;

use super::client::items;
use super::numbers::{millis, ticket, time, to_f64, whole};
use super::object;
use super::sys::{Asked, Host, StoredItems};
use crate::domain::decide::decision::{Hit, Miss};
use crate::domain::decide::route::{Lookup, needed};
use crate::domain::headers::hint;
use crate::domain::key::{EntryKey, Key};
use crate::domain::read::reader::{Options, Reader};
use crate::domain::read::step::{Answer, Step, Ticket};
use crate::domain::time::Timestamp;
use crate::domain::verify::VerifiedManifest;

/// A reader. Each method is one step that nothing interrupts: `wasm.js` of the package refuses nested calls.
#[wasm_bindgen(js_name = Reader)]
pub struct EdgeReader {
    reader: Reader<JsValue>,
    host: Host,
}

#[expect(
    clippy::too_many_arguments,
    clippy::fn_params_excessive_bools,
    reason = "what JavaScript passes is numbers and flags: an object would cost a call for each member"
)]
#[wasm_bindgen(js_class = Reader)]
impl EdgeReader {
    /// A cold reader. Times are in milliseconds, within the ranges of the package's `options.js`; `signed` says that
    /// manifests must be. `moment` is any number that differs from reader to reader, and becomes its jitter. It
    /// serves nothing below the version `floor`, and numbers its reads above `reads`: both outlive an instance.
    #[wasm_bindgen(constructor)]
    pub fn new(
        refresh_ms: u32,
        max_age_ms: u32,
        log_window_ms: u32,
        signed: bool,
        moment: u32,
        floor: f64,
        reads: f64,
        host: Host,
    ) -> EdgeReader {
        let options = Options {
            refresh_ms: refresh_ms.into(),
            max_age_ms: max_age_ms.into(),
            log_window_ms: log_window_ms.into(),
            signed,
            // The driver's floor begins with it.
            min_version: 0,
            jitter: moment % (Options::MOST_JITTER + 1),
        };
        Self { reader: Reader::resume(options, whole(floor), whole(reads)), host }
    }

    /// Takes the snapshot that came with the deployment. Returns its version if it is valid.
    pub fn embed(&mut self, stored: &StoredItems, now: f64) -> Option<f64> {
        let version = self.reader.embed(items(stored), time(now));
        self.emit_events();
        version.map(to_f64)
    }

    /// Makes the hit that is served where the store and Paris have failed, without plan hints, or nothing.
    #[wasm_bindgen(js_name = lastResort)]
    pub fn last_resort(&mut self, asked: &Asked, max_age_ms: f64, now: f64) {
        let (names, now) = (Names { plan: None, ..Names::of(asked) }, time(now));
        if let Some(hit) = self.reader.last_resort(&names.lookup(), whole(max_age_ms), now) {
            self.decision(&names, Ok(hit), now);
        }
    }

    /// Makes the decision from memory, or nothing.
    pub fn peek(&mut self, asked: &Asked, now: f64) {
        let (names, now) = (Names::of(asked), time(now));
        let result = self.reader.peek(&names.lookup(), now);
        self.emit_events();
        if let Some(result) = result {
            self.decision(&names, result, now);
        }
    }

    /// Begins a lookup, with or without a template and a plan: makes a decision, a read, or both. `behind` says that the
    /// caller can go on reading after the answer, `joins` that its first read is under way.
    pub fn begin(&mut self, asked: &Asked, has_template: bool, has_plan: bool, behind: bool, joins: bool, now: f64) {
        let (needed, now) = (needed(has_template, has_plan), time(now));
        if !behind && !self.reader.has_answer(needed, now) {
            // Names are copied when something is decided by them. A breaker that is open needs none.
            let step = self.reader.begin_read(needed, joins, now);
            return self.step(&Names::default(), step, now);
        }
        let names = Names::of(asked);
        let lookup = names.lookup();
        let step = {
            let reader = &mut self.reader;
            if behind { reader.begin_behind(&lookup, now) } else { reader.begin(&lookup, now) }
        };
        self.step(&names, step, now);
    }

    /// Takes over what JavaScript has done alone: it has numbered reads up to `reads`, and the one with this number brought the
    /// memo's own manifest; 0 if none did.
    #[wasm_bindgen(js_name = catchUp)]
    pub fn catch_up(&mut self, reads: f64, number: f64, started_at: f64) {
        self.reader.catch_up(whole(reads), whole(number), time(started_at));
    }

    /// Continues a lookup when its read brought `items`, failed with `error`, or (with neither) ran out of time: makes a
    /// decision, or a read.
    pub fn receive(
        &mut self,
        asked: &Asked,
        number: f64,
        attempt: u8,
        started_at: f64,
        entries: u8,
        items: Option<StoredItems>,
        error: Option<String>,
        now: f64,
    ) {
        let (names, now) = (Names::of(asked), time(now));
        let ticket = ticket(number, attempt, started_at, entries);
        let step = self.reader.receive(&ticket, answer(items, error), &names.lookup(), now);
        self.step(&names, step, now);
    }

    /// Continues a read that no lookup waits for, behind an answer or (`late`, with `items`) after its lookup has timed out:
    /// makes the next read, or nothing.
    #[wasm_bindgen(js_name = receiveBehind)]
    pub fn receive_behind(
        &mut self,
        number: f64,
        attempt: u8,
        started_at: f64,
        entries: u8,
        items: Option<StoredItems>,
        error: Option<String>,
        late: bool,
        now: f64,
    ) {
        let (ticket, now) = (ticket(number, attempt, started_at, entries), time(now));
        let next = match answer(items, error) {
            Answer::Items(items) if late => self.reader.receive_late(&ticket, items, now),
            answer => self.reader.receive_behind(&ticket, answer, now),
        };
        self.emit_events();
        if let Some(ticket) = next {
            self.read(&ticket);
        }
    }

    /// Makes the snapshot's part of the health block. The status depends on the hit rate, 0 to 1.
    pub fn health(&self, hit_rate: Option<f64>, now: f64) {
        let status = self.reader.health(hit_rate, time(now));
        object::health(&self.host, status, self.reader.manifest(), now);
    }
}

impl EdgeReader {
    /// Hands over the log events that a step has recorded.
    fn emit_events(&mut self) {
        for event in self.reader.take_events() {
            object::event(&self.host, &event);
        }
    }

    fn step(&mut self, names: &Names, step: Step, now: Timestamp) {
        self.emit_events();
        match step {
            Step::Decided(result) => self.decision(names, result, now),
            Step::Behind(hit, ticket) => {
                self.decision(names, Ok(hit), now);
                self.read(&ticket);
            }
            Step::Read(ticket) => self.read(&ticket),
        }
    }

    fn read(&self, ticket: &Ticket) {
        let Ticket { number, attempt, started_at, entries } = ticket;
        self.host.read(to_f64(*number), *attempt, millis(*started_at), entries.bits());
    }

    fn decision(&self, names: &Names, result: Result<Hit, Miss>, now: Timestamp) {
        let reader = &self.reader;
        match result {
            Ok(hit) => {
                // By reference, since each clone of a value is a call to JavaScript.
                let none = JsValue::UNDEFINED;
                let held = |wanted: bool, key| reader.held(key).filter(|_| wanted).unwrap_or(&none);
                let manifest = reader.manifest();
                let standing = reader.standing(now);
                let standing = standing.as_ref();
                self.host.hit(
                    manifest.map(|manifest| to_f64(manifest.version())).unwrap_or_default(),
                    manifest.map(|manifest| millis(manifest.updated_at())).unwrap_or_default(),
                    manifest.map(|manifest| millis(manifest.checked_at())).unwrap_or_default(),
                    held(true, Key::Entry(EntryKey::WidgetSchemas)),
                    held(names.template_id.is_some(), Key::Entry(EntryKey::WidgetTemplates)),
                    held(hit.plan_known, Key::Entry(EntryKey::PlanHints)),
                    standing.map(|standing| millis(standing.due_at)).unwrap_or_default(),
                    standing.map(|standing| millis(standing.expires_at)).unwrap_or_default(),
                    standing.and_then(|standing| standing.manifest).unwrap_or(&none),
                    standing.map(|standing| to_f64(standing.number)).unwrap_or_default(),
                    standing.map(|standing| to_f64(standing.refresh_ms)).unwrap_or_default(),
                    reader.is_embedded(),
                    hit.warning.as_ref().map(|warning| warning.code),
                    hit.warning.as_ref().map(|warning| warning.message.as_str()),
                );
            }
            Err(miss) => {
                let version = reader.manifest().map(VerifiedManifest::version);
                let hint = miss.reason.asks_for_refresh().then(|| hint::header(miss.reason, version, &names.lookup()));
                self.host.miss(miss.reason.code(), hint);
            }
        }
    }
}

/// The names that a lookup asks for, copied from JavaScript.
#[derive(Default)]
struct Names {
    widget_type: Option<String>,
    template_id: Option<String>,
    schema_version: Option<String>,
    plan: Option<String>,
}

impl Names {
    fn of(asked: &Asked) -> Self {
        Self {
            widget_type: asked.widget_type(),
            template_id: asked.template_id(),
            schema_version: asked.schema_version(),
            plan: asked.plan(),
        }
    }

    fn lookup(&self) -> Lookup<'_> {
        Lookup {
            widget_type: self.widget_type.as_deref(),
            template_id: self.template_id.as_deref(),
            schema_version: self.schema_version.as_deref(),
            plan: self.plan.as_deref(),
        }
    }
}

fn answer(stored: Option<StoredItems>, error: Option<String>) -> Answer<JsValue> {
    match (stored, error) {
        (Some(stored), _) => Answer::Items(items(&stored)),
        (None, Some(error)) => Answer::Failed(error),
        (None, None) => Answer::TimedOut,
    }
}
