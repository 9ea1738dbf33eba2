//! What the package's JavaScript calls. Each export is one step of a lookup, or one look at the reader.

use std::cell::RefCell;

use js_sys::{Array, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::client::{get_all, items, stored_names};
use super::error::EdgeError;
use super::options::parse;
use super::sys::{EdgeConfigClient, Host};
use crate::domain::decision::{Hit, Miss};
use crate::domain::exchange::{Answer, Step, Ticket};
use crate::domain::hint;
use crate::domain::key::{EntryKey, Key};
use crate::domain::reader::Reader;
use crate::domain::reason::Reason;
use crate::domain::route::Lookup;
use crate::domain::time::Timestamp;
use crate::domain::verify::{EntryVerdict, VerifiedManifest, verify_snapshot};

/// Makes a panic's message readable before the trap that follows it.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The logical keys of the registry, the manifest first.
#[must_use]
#[wasm_bindgen]
pub fn keys() -> Vec<String> {
    Key::ALL.map(|key| key.logical().to_owned()).into()
}

/// The stored key of a logical one.
///
/// # Errors
///
/// `ATLAS_UNKNOWN_KEY`.
#[wasm_bindgen(js_name = storedKey)]
pub fn stored_key(logical: &str) -> Result<String, JsValue> {
    let key = Key::from_logical(logical).ok_or_else(|| EdgeError::UnknownKey { given: logical.to_owned() })?;
    Ok(key.stored().to_owned())
}

/// Verifies all of a store's items.
///
/// # Errors
///
/// None; the signature is that of the serializer.
#[wasm_bindgen(js_name = verifySnapshot)]
pub fn verify(answer: &JsValue) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Verdict {
        verified: bool,
        version: Option<u64>,
        updated_at: Option<String>,
        checked_at: Option<String>,
        checksum: Option<String>,
        entries: Vec<EntryVerdict>,
    }
    let items = items(answer);
    let (entries, snapshot) = verify_snapshot(|key| items.get(key).map(|item| item.text.as_str()));
    let manifest = snapshot.as_ref().map(|snapshot| &snapshot.manifest);
    to_js(&Verdict {
        verified: manifest.is_some(),
        version: manifest.map(VerifiedManifest::version),
        updated_at: manifest.map(|manifest| manifest.updated_at().to_string()),
        checked_at: manifest.map(|manifest| manifest.checked_at().to_string()),
        checksum: manifest.map(|manifest| manifest.checksum().to_string()),
        entries,
    })
}

/// A reader. Its methods borrow it for the length of one synchronous step, so lookups may overlap as they like.
#[wasm_bindgen(js_name = Reader)]
pub struct EdgeReader {
    reader: RefCell<Reader<JsValue>>,
    host: Host,
    timeout_ms: u32,
    budget_ms: u32,
}

#[wasm_bindgen(js_class = Reader)]
impl EdgeReader {
    /// A cold reader.
    ///
    /// # Errors
    ///
    /// `ATLAS_BAD_OPTION`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, host: Host) -> Result<EdgeReader, JsValue> {
        let options = parse(options)?;
        let reader = RefCell::new(Reader::new(options.reader));
        Ok(Self { reader, host, timeout_ms: options.timeout_ms, budget_ms: options.budget_ms })
    }

    /// How long a lookup waits for the store, in milliseconds.
    #[must_use]
    #[wasm_bindgen(getter, js_name = timeoutMs)]
    pub fn timeout_ms(&self) -> u32 {
        self.timeout_ms
    }

    /// How long a request's data may take in all, in milliseconds.
    #[must_use]
    #[wasm_bindgen(getter, js_name = budgetMs)]
    pub fn budget_ms(&self) -> u32 {
        self.budget_ms
    }

    /// The decision from memory, or `undefined`.
    ///
    /// # Errors
    ///
    /// If the caller changed a value that it was served, so that a verified record is gone.
    pub fn peek(&self, request: &JsValue, names: &str, now: f64) -> Result<JsValue, JsValue> {
        let asked = asked(names);
        let result = self.reader.borrow_mut().peek(&asked, time(now));
        result.map_or(Ok(JsValue::UNDEFINED), |result| self.decision(request, &asked, result))
    }

    /// Begins a lookup: a decision, or a read to make.
    ///
    /// # Errors
    ///
    /// As [`Self::peek`].
    pub fn begin(&self, request: &JsValue, names: &str, now: f64) -> Result<JsValue, JsValue> {
        let asked = asked(names);
        let step = self.reader.borrow_mut().begin(&asked, time(now));
        self.step(request, &asked, step)
    }

    /// Starts the read that a step asked for: one `getAll`, as a promise that belongs to JavaScript alone.
    pub fn read(&self, client: &EdgeConfigClient, keys: &Array) -> Promise {
        get_all(client, keys)
    }

    /// Goes on when the read was answered (`kind` is `items`), gave nothing in time (`timeout`), or failed (anything
    /// else): a decision, or a read to make.
    ///
    /// # Errors
    ///
    /// As [`Self::peek`].
    pub fn receive(
        &self,
        request: &JsValue,
        names: &str,
        ticket: &[f64],
        kind: &str,
        answer: &JsValue,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let asked = asked(names);
        let answer = match kind {
            "items" => Answer::Items(items(answer)),
            "timeout" => Answer::TimedOut,
            _ => Answer::Failed(answer.as_string().unwrap_or_default()),
        };
        let ticket = ticket_from(ticket);
        let step = self.reader.borrow_mut().receive(&ticket, answer, &asked, time(now));
        self.step(request, &asked, step)
    }

    /// Takes what a read brought after its lookup had given up.
    #[wasm_bindgen(js_name = receiveLate)]
    pub fn receive_late(&self, ticket: &[f64], answer: &JsValue) {
        // Read first, borrow then: reading an answer runs JavaScript, which may call back in here.
        let items = items(answer);
        self.reader.borrow_mut().receive_late(&ticket_from(ticket), items);
    }

    /// The fallback of a reader that has no client.
    #[must_use]
    #[wasm_bindgen(js_name = notConfigured)]
    pub fn not_configured(&self, now: f64) -> JsValue {
        let message = "no client was given: set ATLAS_EDGE_CONFIG, and pass createClient(…) to createAtlas";
        let miss = self.reader.borrow_mut().refuse(Reason::NotConfigured, message, time(now));
        self.host.miss(miss.reason.code(), None)
    }

    /// The log events since the last call.
    ///
    /// # Errors
    ///
    /// None; the signature is that of the serializer.
    #[wasm_bindgen(js_name = takeEvents)]
    pub fn take_events(&self) -> Result<JsValue, JsValue> {
        let events = self.reader.borrow_mut().take_events();
        if events.is_empty() { Ok(JsValue::UNDEFINED) } else { to_js(&events) }
    }

    /// The health block.
    ///
    /// # Errors
    ///
    /// None; the signature is that of the serializer.
    pub fn health(&self, now: f64) -> Result<JsValue, JsValue> {
        to_js(&self.reader.borrow().health(time(now)))
    }
}

/// What stands between two names.
const SEPARATOR: char = '\u{1f}';
/// What stands in place of a name that the request does not have.
const MISSING: &str = "\u{1e}";

/// The names that a request asks for: widget type, template, schema version and plan, handed over as one text, since
/// every text on its own costs an allocation and a copy.
fn asked(names: &str) -> Lookup<'_> {
    let mut names = names.split(SEPARATOR).map(|name| Some(name).filter(|name| *name != MISSING));
    let mut next = || names.next().flatten();
    Lookup { widget_type: next(), template_id: next(), schema_version: next(), plan: next() }
}

impl EdgeReader {
    fn step(&self, request: &JsValue, asked: &Lookup<'_>, step: Step) -> Result<JsValue, JsValue> {
        match step {
            Step::Decided(result) => self.decision(request, asked, result),
            Step::Read(ticket) => Ok(self.host.read(stored_names(ticket.keys()), numbers(&ticket))),
        }
    }

    fn decision(&self, request: &JsValue, asked: &Lookup<'_>, result: Result<Hit, Miss>) -> Result<JsValue, JsValue> {
        let reader = self.reader.borrow();
        match result {
            Ok(hit) => {
                // By reference: each clone of a value would be a call to JavaScript.
                let none = JsValue::UNDEFINED;
                let held = |wanted: bool, key| reader.held(key).filter(|_| wanted).unwrap_or(&none);
                let warning = hit.warning.as_ref().map_or(Ok(JsValue::UNDEFINED), to_js)?;
                self.host.hit(
                    request,
                    held(true, Key::Manifest),
                    held(true, Key::Entry(EntryKey::WidgetSchemas)),
                    held(asked.template_id.is_some(), Key::Entry(EntryKey::WidgetTemplates)),
                    held(hit.plan_known, Key::Entry(EntryKey::PlanHints)),
                    to_f64(hit.age_ms),
                    &warning,
                )
            }
            Err(miss) => {
                let version = reader.manifest().map(VerifiedManifest::version);
                let hint = miss.reason.asks_for_refresh().then(|| hint::header(miss.reason, version, asked));
                Ok(self.host.miss(miss.reason.code(), hint))
            }
        }
    }
}

/// A ticket as the numbers that JavaScript hands back: number, attempt, start, and the entries by their place in the
/// registry. Nothing about a lookup under way is kept here, since its request may be cancelled and never come back.
fn numbers(ticket: &Ticket) -> Vec<f64> {
    let entries = EntryKey::ALL.into_iter().enumerate().filter(|(_, key)| ticket.entries.contains(key));
    let places = entries.map(|(place, _)| to_f64(place as u64));
    [to_f64(ticket.number), f64::from(ticket.attempt), to_f64(ticket.started_at.as_millis().unsigned_abs())]
        .into_iter()
        .chain(places)
        .collect()
}

fn ticket_from(numbers: &[f64]) -> Ticket {
    let (head, places) = numbers.split_at_checked(3).unwrap_or((&[0.0, 0.0, 0.0], &[]));
    let head = |at: usize| head.get(at).copied().unwrap_or_default();
    let entries = EntryKey::ALL.into_iter().enumerate().filter(|(place, _)| places.contains(&to_f64(*place as u64)));
    Ticket {
        number: whole(head(0)),
        attempt: u8::try_from(whole(head(1))).unwrap_or(u8::MAX),
        started_at: time(head(2)),
        entries: entries.map(|(_, key)| key).collect(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates, and a time is clamped")]
fn time(now: f64) -> Timestamp {
    Timestamp::from_millis(now as i64)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
fn whole(number: f64) -> u64 {
    number as u64
}

#[expect(clippy::cast_precision_loss, reason = "counts and milliseconds stay far below 2^53")]
fn to_f64(number: u64) -> f64 {
    number as f64
}

fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}
