//! Michael's tables: their names and columns.

use crate::domain::registry::registry;

registry! {
    pub enum Table by name {
        WidgetTemplates = "widget_templates",
        WidgetSchemas = "widget_schemas",
        PlanFeatures = "plan_features",
        PlanLimits = "plan_limits",
    }
}

impl Table {
    pub const fn identity(self) -> &'static [&'static str] {
        match self {
            Self::WidgetTemplates => &["template_id"],
            Self::WidgetSchemas => &["widget_type", "schema_version"],
            Self::PlanFeatures => &["plan_id", "feature_key"],
            Self::PlanLimits => &["plan_id", "limit_type"],
        }
    }

    /// Whether a snapshot may be made where the table has no rows.
    pub const fn may_be_empty(self) -> bool {
        match self {
            Self::WidgetTemplates | Self::WidgetSchemas => false,
            Self::PlanFeatures | Self::PlanLimits => true,
        }
    }

    /// The columns that the snapshot is made of. A database is asked for no others.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::WidgetTemplates => &[
                "template_id",
                "widget_type",
                "name",
                "layout",
                "skin",
                "density",
                "accents",
                "premium",
                "schema_version",
                "defaults",
                "descriptor",
            ],
            Self::WidgetSchemas => &["widget_type", "schema_version", "schema"],
            Self::PlanFeatures => &["plan_id", "feature_key", "enabled"],
            Self::PlanLimits => &["plan_id", "limit_type", "limit_value", "enforcement", "grace_amount"],
        }
    }
}
