//! The records of a verified entry. `items.js` of the package looks them up in the JavaScript value that is served: from
//! here each would take several calls.

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

/// A reader's values are items: `client::items` makes no others.
fn item(value: &JsValue) -> &StoredItem {
    value.unchecked_ref()
}
