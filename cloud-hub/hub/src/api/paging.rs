//! Pages both ways: `limit` and `offset` as the user's design has them, and a cursor that stays right while rows are added.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::params::{Pairs, cursor, next_page};
use super::problem::Problem;

/// The furthest an offset may skip; a cursor goes on without end.
pub(crate) const MOST_OFFSET: u32 = 100_000;

/// Which page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Rows a page, 1 to 500; 50 without.
    #[param(minimum = 1, maximum = 500, value_type = Option<u32>)]
    pub limit: u32,
    /// Rows to leave out, 0 to 100000, counted from the cursor where there is one; 0 without.
    #[param(minimum = 0, maximum = 100000, value_type = Option<u32>)]
    pub offset: u32,
    /// `page_info.next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Where a page stands in its list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PageInfo {
    /// Rows a page.
    #[schema(minimum = 1, example = 50)]
    pub limit: i64,
    /// Rows left out before this page.
    #[schema(minimum = 0, example = 0)]
    pub offset: i64,
    /// Whether there is another page.
    pub has_more: bool,
    /// Give it as `cursor`, without `offset`, for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl Paging {
    pub(crate) fn read(pairs: &mut Pairs) -> Result<Self, Problem> {
        Ok(Self {
            limit: pairs.number("limit", 1, 500, 50)?,
            offset: pairs.number("offset", 0, MOST_OFFSET, 0)?,
            cursor: pairs.one("cursor", "a next_cursor")?,
        })
    }

    /// The last row of the page before.
    pub(crate) fn after<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        cursor(self.cursor.as_deref())
    }

    /// What to read: one more than is shown, which says whether there is a next page.
    pub(crate) fn rows(&self) -> u32 {
        self.limit + 1
    }

    /// Cuts what was read to the page.
    pub(crate) fn cut<T, P: Serialize>(&self, rows: &mut Vec<T>, place: impl Fn(&T) -> P) -> PageInfo {
        let next_cursor = next_page(rows, self.limit, place);
        PageInfo {
            limit: i64::from(self.limit),
            offset: i64::from(self.offset),
            has_more: next_cursor.is_some(),
            next_cursor,
        }
    }
}
