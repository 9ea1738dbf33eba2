//! Michael's rows from files: one JSON file a table, an array with one object a row, as `psql` or Supabase export it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use tokio::io::AsyncReadExt;

use super::budget::RowBudget;
use super::{Michael, Source, SourceError, Table, TableRows, strict};
use crate::sync::files::without_mark;

/// A directory with a file for each table, such as `widget_templates.json`.
#[derive(Debug, Clone)]
pub struct FileSource {
    directory: PathBuf,
}

impl FileSource {
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    async fn table(&self, budget: &RowBudget, table: Table) -> Result<TableRows, SourceError> {
        let path = self.directory.join(format!("{table}.json"));
        let text = read_up_to(&path, budget.left() + 1).await.map_err(|error| unreadable(&path, &error))?;
        let origin = path.display().to_string();
        Ok(TableRows { rows: strict::rows(budget, table, &origin, 1, &text)?, origin })
    }
}

/// The text of a file, at most so many bytes of it.
async fn read_up_to(path: &Path, most: usize) -> io::Result<String> {
    let file = tokio::fs::File::open(path).await?;
    let mut bytes = Vec::new();
    file.take(most as u64).read_to_end(&mut bytes).await?;
    let not_utf8 = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    let is_cut = bytes.len() == most;
    match String::from_utf8(without_mark(bytes)) {
        // Cut within a character: what is left is too long all the same.
        Err(error) if is_cut => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        text => text.map_err(not_utf8),
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
        let (budget, mut tables) = (RowBudget::new(), BTreeMap::new());
        for table in Table::ALL {
            tables.insert(table, self.table(&budget, table).await?);
        }
        Ok(Michael { tables, clock: None, warning: None, identity: None })
    }
}
