//! Michael's rows from files: one JSON file a table, an array with one object a row, as `psql` or Supabase export it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::{Michael, Source, SourceError, Table, TableRows, strict};

/// A directory with a file for each table, such as `widget_templates.json`.
#[derive(Debug, Clone)]
pub struct FileSource {
    directory: PathBuf,
}

impl FileSource {
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    async fn table(&self, table: Table) -> Result<TableRows, SourceError> {
        let path = self.directory.join(format!("{table}.json"));
        let text = tokio::fs::read_to_string(&path).await.map_err(|error| unreadable(&path, &error))?;
        let origin = path.display().to_string();
        Ok(TableRows { rows: strict::rows(table, &origin, 1, &text)?, origin })
    }
}

fn unreadable(path: &Path, error: &io::Error) -> SourceError {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => {
            "--source file:DIR needs one JSON file for each of Michael's tables, an array of rows"
        }
        io::ErrorKind::InvalidData => "the file must be UTF-8",
        _ => "check that the file can be read",
    };
    SourceError::remote(&path.display().to_string(), &error.to_string(), advice, false)
}

#[async_trait]
impl Source for FileSource {
    fn describe(&self) -> String {
        format!("file:{}", self.directory.display())
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        let mut tables = BTreeMap::new();
        for table in Table::ALL {
            tables.insert(table, self.table(table).await?);
        }
        Ok(Michael { tables, clock: None })
    }
}
