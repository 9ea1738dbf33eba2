//! The records of a verified entry, looked up in the JavaScript value that is served. Only own members count: an id is
//! whatever somebody named it, `constructor` among others. Values may come from another realm, so nothing asks for
//! their class.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use super::sys::StoredItem;
use crate::domain::decide::records::{Records, TemplateHead};

impl Records for JsValue {
    fn has_widget_type(&self, widget_type: &str) -> bool {
        record(self, widget_type).is_some()
    }

    fn has_schema(&self, widget_type: &str, version: &str) -> bool {
        record(self, widget_type).and_then(|versions| own(&versions, version)).is_some()
    }

    fn template(&self, id: &str) -> Option<TemplateHead> {
        let template = record(self, id)?;
        let text = |name| own(&template, name)?.as_string();
        Some(TemplateHead { widget_type: text("widgetType")?, schema_version: text("schemaVersion")? })
    }

    fn has_plan(&self, plan: &str) -> bool {
        record(self, plan).is_some()
    }

    fn is_same_text(&self, judged: &Self, overlaps: bool) -> bool {
        item(self).is_same(item(judged), overlaps)
    }

    fn forget_text(&self) {
        item(self).forget();
    }
}

/// The item that a reader's value is: `items` makes no other.
fn item(value: &JsValue) -> &StoredItem {
    value.unchecked_ref()
}

fn record(entry: &JsValue, name: &str) -> Option<JsValue> {
    own(&own(&item(entry).value(), "payload")?, name)
}

/// A member, of an object of whatever realm and prototype.
fn own(value: &JsValue, name: &str) -> Option<JsValue> {
    let name = JsValue::from_str(name);
    let has = value.is_object() && Object::has_own(value.unchecked_ref::<Object>(), &name);
    has.then(|| Reflect::get(value, &name).ok()).flatten()
}
