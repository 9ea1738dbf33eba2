//! The records of a verified entry, looked up in the JavaScript value that is served: `pkg-template/items.js` does it, since
//! each look from here would be several calls.

use wasm_bindgen::prelude::*;

use super::sys::StoredItem;
use crate::domain::decide::records::{Records, TemplateHead};

impl Records for JsValue {
    fn has_widget_type(&self, widget_type: &str) -> bool {
        item(self).has(widget_type, None)
    }

    fn has_schema(&self, widget_type: &str, version: &str) -> bool {
        item(self).has(widget_type, Some(version))
    }

    fn template(&self, id: &str) -> Option<TemplateHead> {
        let text = |member| item(self).text(id, member);
        Some(TemplateHead { widget_type: text("widgetType")?, schema_version: text("schemaVersion")? })
    }

    fn has_plan(&self, plan: &str) -> bool {
        item(self).has(plan, None)
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
