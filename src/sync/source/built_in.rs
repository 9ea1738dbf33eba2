//! Michael's rows of Phase 1, built into the program: what `atlas-sync dev` shows without `--source`.

use async_trait::async_trait;

use super::budget::RowBudget;
use super::{Michael, Source, SourceError, Table, TableRows, strict};

/// The rows in `src/dev/michael/`.
#[derive(Debug, Clone, Copy)]
pub struct BuiltInSource;

#[async_trait]
impl Source for BuiltInSource {
    fn describe(&self) -> String {
        "the rows of Phase 1".to_owned()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        let tables = Table::ALL.into_iter().map(|table| Ok((table, rows(table)?)));
        Ok(Michael { tables: tables.collect::<Result<_, SourceError>>()?, clock: None, warning: None, identity: None })
    }
}

fn rows(table: Table) -> Result<TableRows, SourceError> {
    let text = match table {
        Table::WidgetTemplates => include_str!("../../dev/michael/widget_templates.json"),
        Table::WidgetSchemas => include_str!("../../dev/michael/widget_schemas.json"),
        Table::PlanFeatures => include_str!("../../dev/michael/plan_features.json"),
        Table::PlanLimits => include_str!("../../dev/michael/plan_limits.json"),
    };
    let origin = format!("built-in {table}.json");
    Ok(TableRows { rows: strict::rows(&RowBudget::new(), table, &origin, 1, text)?, origin })
}
