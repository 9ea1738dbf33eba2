//! A row as the driver gives it, each column in its own type: that costs the server a third of what JSON costs it.
//!
//! Only what Michael's columns are made of is read here, into the same values that the server's `row_to_json` gives.
//! Anything else is left to that, which also tells what is wrong with it.

use serde_json::Value;
use tokio_postgres::Row as Columns;
use tokio_postgres::types::{FromSql, Type};

use crate::sync::source::{Row, Table, strict};

/// Reads a row; `None` if there is anything in it that has to be asked for as JSON.
pub fn row(table: Table, columns: &Columns) -> Option<Row> {
    let places = columns.columns().iter().enumerate();
    places.map(|(place, column)| Some((table.column(column.name()), cell(columns, place, column.type_())?))).collect()
}

fn cell(columns: &Columns, place: usize, kind: &Type) -> Option<Value> {
    match *kind {
        Type::TEXT | Type::VARCHAR => get::<&str>(columns, place)?.map_or(Some(Value::Null), |text| Some(text.into())),
        Type::BOOL => Some(get::<bool>(columns, place)?.into()),
        Type::INT4 => Some(get::<i32>(columns, place)?.into()),
        Type::TEXT_ARRAY => Some(get::<Vec<Option<&str>>>(columns, place)?.into()),
        Type::JSON | Type::JSONB => match get::<JsonText<'_>>(columns, place)? {
            Some(JsonText(text)) => strict::value(text).ok(),
            None => Some(Value::Null),
        },
        _ => None,
    }
}

/// The value in a column, or `None` inside if it is null.
#[expect(clippy::option_option, reason = "a value, a null, and what cannot be read")]
fn get<'a, T: FromSql<'a>>(columns: &'a Columns, place: usize) -> Option<Option<T>> {
    columns.try_get(place).ok()
}

/// The text of a JSON column. A `jsonb` is sent as its text behind a byte that tells the version, which is 1.
struct JsonText<'a>(&'a str);

impl<'a> FromSql<'a> for JsonText<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let text = match (kind, raw) {
            (&Type::JSONB, [1, text @ ..]) => text,
            (&Type::JSONB, _) => return Err("a jsonb of another version".into()),
            _ => raw,
        };
        Ok(Self(std::str::from_utf8(text)?))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::JSON | Type::JSONB)
    }
}
