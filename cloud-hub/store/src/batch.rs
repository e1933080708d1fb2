//! Many rows in one statement on SQLite. PostgreSQL takes arrays instead.

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, Type};

use crate::columns::Param;
use crate::origin::Origin;

/// Rows a statement: large ones first, so that few texts are prepared and all of them stay in the statement cache.
const SIZES: [usize; 3] = [64, 8, 1];

/// The values of the rows of one statement, in order.
#[derive(Default)]
pub(crate) struct Values(SqliteArguments);

impl Values {
    /// Adds the next value.
    pub(crate) fn put<'t, P>(&mut self, param: P) -> Result<(), sqlx::Error>
    where
        P: Param,
        P::Column: Encode<'t, Sqlite> + Type<Sqlite>,
    {
        self.0.add(param.column()).map_err(sqlx::Error::Encode)
    }

    /// Adds a text that many rows share.
    pub(crate) fn shared(&mut self, text: &Arc<str>) -> Result<(), sqlx::Error> {
        self.0.add(Arc::clone(text)).map_err(sqlx::Error::Encode)
    }

    /// Adds a text of the row.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), sqlx::Error> {
        self.0.add(clean(text).into_owned()).map_err(sqlx::Error::Encode)
    }
}

/// Runs `{head} values (?, …), … {tail}` over all rows and says how many rows it touched.
pub(crate) async fn insert<T>(
    conn: &mut SqliteConnection,
    (head, columns, tail): (&'static str, usize, &'static str),
    rows: &[T],
    bind: impl Fn(&mut Values, &T) -> Result<(), sqlx::Error>,
) -> Result<u64, sqlx::Error> {
    let mut touched = 0;
    let mut rest = rows;
    for size in SIZES {
        if rest.len() < size {
            continue;
        }
        // Only `?` and the texts of this crate: nothing of a row gets into the statement.
        let row = format!("({})", vec!["?"; columns].join(","));
        let sql: Arc<str> = format!("{head} values {} {tail}", vec![row.as_str(); size].join(",")).into();
        while rest.len() >= size {
            let (now, later) = rest.split_at(size);
            let mut values = Values::default();
            values.0.reserve(size * columns, 0);
            for row in now {
                bind(&mut values, row)?;
            }
            let statement = sqlx::query_with(AssertSqlSafe(Arc::clone(&sql)), values.0);
            touched += statement.execute(&mut *conn).await?.rows_affected();
            rest = later;
        }
    }
    Ok(touched)
}

/// A text as both engines take it: PostgreSQL knows no NUL character.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// The ids every row of a batch shares, as text, made once.
pub(crate) struct Shared {
    pub(crate) org: Arc<str>,
    pub(crate) store: Arc<str>,
    pub(crate) device: Arc<str>,
}

impl Shared {
    pub(crate) fn of(origin: &Origin) -> Self {
        Self {
            org: origin.org.to_string().into(),
            store: origin.store.to_string().into(),
            device: origin.device.to_string().into(),
        }
    }
}
