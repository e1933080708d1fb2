//! Lists of incidents.

use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::{OrgId, UserId};
use vyavs_rules::incident::IncidentId;

use super::{Row, Stored, stored};
use crate::Result;
use crate::reach::Within;
use crate::tx::{Tx, fetch_all};

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct IncidentFilter {
    /// In which shops.
    pub within: Within,
    /// In these states; all when empty.
    pub states: Vec<String>,
    /// Of these severities; all when empty.
    pub severities: Vec<String>,
    /// Of this rule.
    pub rule: Option<Uuid>,
    /// Of whom somebody takes care: `Some(None)` is nobody.
    pub assignee: Option<Option<UserId>>,
    /// Opened from here …
    pub since: Option<Timestamp>,
    /// … to here (excluded).
    pub until: Option<Timestamp>,
    /// A text in title, cause, key or subjects, however it is written.
    pub text: Option<String>,
}

/// How many incidents are in a state.
pub type Counts = Vec<(String, u64)>;

// A list of names as one text between bars, so that one SQL text serves both engines.
macro_rules! filtered {
    () => {
        " from incidents i where i.org_id = $1
            and ($2 = '' or cast(i.store_id as text) = $2)
            and ($3 is null or exists (select 1 from reach r where r.holder = $3 and r.store_id = i.store_id))
            and ($4 = '' or $4 like '%|' || i.severity || '|%')
            and ($5 = '' or cast(i.rule_id as text) = $5)
            and ($6 = '' or ($6 = '-' and i.assignee is null) or cast(i.assignee as text) = $6)
            and i.opened_at >= $7 and i.opened_at < $8
            and ($9 = '' or i.words like $9 escape '!')"
    };
}

struct Parts {
    store: String,
    severities: String,
    rule: String,
    assignee: String,
    since: i64,
    until: i64,
    text: String,
}

fn among(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("|{}|", names.join("|")) }
}

impl IncidentFilter {
    fn parts(&self) -> Parts {
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        Parts {
            store: text(self.within.store.map(|store| store.0)),
            severities: among(&self.severities),
            rule: text(self.rule),
            assignee: self.assignee.map_or_else(String::new, |who| who.map_or("-".to_owned(), |id| id.0.to_string())),
            since: self.since.map_or(i64::MIN, Timestamp::as_microsecond),
            until: self.until.map_or(i64::MAX, Timestamp::as_microsecond),
            text: self.text.as_deref().map_or_else(String::new, like),
        }
    }
}

/// A pattern that finds exactly this text, in lower case.
fn like(text: &str) -> String {
    let escaped: String = text
        .to_lowercase()
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c]))
        .collect();
    format!("%{escaped}%")
}

/// Newest first, beginning after `after`.
pub async fn page(
    tx: &mut Tx<'_>,
    org: OrgId,
    filter: &IncidentFilter,
    after: Option<(Timestamp, IncidentId)>,
    limit: u32,
) -> Result<Vec<Stored>> {
    const SQL: &str = concat!(
        "select i.body, i.opened_at",
        filtered!(),
        " and ($10 = '' or $10 like '%|' || i.state || '|%') and (i.opened_at, i.id) < ($11, $12)
        order by i.opened_at desc, i.id desc limit $13"
    );
    let Parts { store, severities, rule, assignee, since, until, text } = filter.parts();
    let (at, id) = after.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id.0));
    let (holder, states, limit) = (filter.within.holder, among(&filter.states), i64::from(limit));
    let rows = fetch_all!(
        tx, Row, SQL, org, store, holder, severities, rule, assignee, since, until, text, states, at, id, limit
    )?;
    rows.into_iter().map(stored).collect()
}

/// How many there are by state, whatever states were asked for.
pub async fn counts(tx: &mut Tx<'_>, org: OrgId, filter: &IncidentFilter) -> Result<Counts> {
    const SQL: &str = concat!("select i.state, count(*)", filtered!(), " group by i.state order by i.state");
    let Parts { store, severities, rule, assignee, since, until, text } = filter.parts();
    let holder = filter.within.holder;
    let rows = fetch_all!(tx, (String, i64), SQL, org, store, holder, severities, rule, assignee, since, until, text)?;
    Ok(rows.into_iter().map(|(state, count)| (state, count as u64)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_looked_for_as_it_stands() {
        assert_eq!(like("50%_!A"), "%50!%!_!!a%");
    }
}
