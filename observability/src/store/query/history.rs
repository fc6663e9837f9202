//! Days, weeks and projects, from what was counted while events were stored: no event of them is read again.

use super::activity::{each_hour, each_newer};
use crate::plan::Usage;
use crate::reading::{History, HistoryBy, HistoryRow};
use crate::store::{StoreError, search};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, HashMap};

/// Rows of one answer.
const MOST_ROWS: usize = 400;
/// Sessions, tasks and plans that are looked at, the newest ones.
const MOST_SESSIONS: i64 = 50_000;
/// Prompts whose sessions are looked up.
const MOST_PROMPTS: i64 = 50_000;
/// Sessions that are gone up from one to its root.
const MOST_ABOVE: usize = 100;
const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const MINUTE_MS: i64 = 60_000;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryRange {
    /// What the rows are.
    pub by: HistoryBy,
    /// Not before this time, in milliseconds since 1970.
    pub from: Option<i64>,
    /// Not after this time, in milliseconds since 1970.
    pub to: Option<i64>,
    /// Minutes that the reader's clock is ahead of UTC.
    pub offset_minutes: i64,
}

impl HistoryRange {
    fn has(&self, time: i64) -> bool {
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time <= to)
    }

    /// The day or week of a time, as its first day since 1970.
    fn day(&self, time: i64) -> i64 {
        let day = time.saturating_add(self.offset_minutes * MINUTE_MS).div_euclid(DAY_MS);
        match self.by {
            // 1970 began on a Thursday.
            HistoryBy::Week => day - (day + 3).rem_euclid(7),
            HistoryBy::Day | HistoryBy::Project => day,
        }
    }

    /// What a time, or a folder, is counted under.
    fn key(&self, time: i64, directory: &str) -> Key {
        match self.by {
            HistoryBy::Project => Key::Project(directory.to_owned()),
            HistoryBy::Day | HistoryBy::Week => Key::Day(self.day(time)),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Day(i64),
    Project(String),
}

#[derive(Default)]
struct Sum {
    row: HistoryRow,
    cost: f64,
    has_cost: bool,
    is_unpriced: bool,
    /// The newest session of a project.
    newest: i64,
}

impl Sum {
    fn used(&mut self, used: &Used) {
        self.row.tokens_input += used.input;
        self.row.tokens_output += used.output;
        self.cost += used.cost_usd;
        self.has_cost |= used.cost_usd > 0.0;
        self.is_unpriced |= used.is_unpriced;
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Used {
    input: i64,
    output: i64,
    cost_usd: f64,
    is_unpriced: bool,
}

struct Session {
    row: i64,
    parent_id: Option<String>,
    directory: Option<String>,
    first_at: i64,
    events: i64,
}

pub(super) fn read(connection: &Connection, range: HistoryRange) -> Result<History, StoreError> {
    let _one_state = connection.unchecked_transaction()?;
    let mut sums: BTreeMap<Key, Sum> = BTreeMap::new();
    let sessions = sessions(connection)?;
    let mut cut = sessions.len() >= usize::try_from(MOST_SESSIONS).unwrap_or(usize::MAX);
    let directories = directories(&sessions);
    let by_row: HashMap<i64, (i64, &str)> = sessions
        .values()
        .filter_map(|session| Some((session.row, (session.first_at, *directories.get(&session.row)?))))
        .collect();
    for session in sessions.values().filter(|session| range.has(session.first_at)) {
        let directory = directories.get(&session.row).copied().unwrap_or_default();
        let sum = sums.entry(range.key(session.first_at, directory)).or_default();
        sum.row.sessions += i64::from(session.parent_id.is_none());
        sum.newest = sum.newest.max(session.first_at);
        if range.by == HistoryBy::Project {
            sum.row.events += session.events;
        }
    }
    let is_child: HashMap<i64, bool> =
        sessions.values().map(|session| (session.row, session.parent_id.is_some())).collect();
    for (row, used) in used(connection, &is_child)? {
        if let Some((first_at, directory)) = by_row.get(&row).filter(|(first_at, _)| range.has(*first_at)) {
            sums.entry(range.key(*first_at, directory)).or_default().used(&used);
        }
    }
    planned(connection, &range, &mut sums)?;
    tasks(connection, &range, &mut sums)?;
    match range.by {
        HistoryBy::Project => cut |= prompts(connection, &range, &by_row, &mut sums)?,
        HistoryBy::Day | HistoryBy::Week => events(connection, &range, &mut sums)?,
    }
    Ok(finished(&range, sums, cut))
}

fn finished(range: &HistoryRange, sums: BTreeMap<Key, Sum>, cut: bool) -> History {
    let mut rows: Vec<(i64, HistoryRow)> = sums
        .into_iter()
        .map(|(key, sum)| {
            let Sum { mut row, cost, has_cost, is_unpriced, newest } = sum;
            row.cost_usd = has_cost.then_some(cost);
            row.cost_known = !is_unpriced;
            match key {
                Key::Day(day) => {
                    row.key = date(day);
                    row.from = Some(day * DAY_MS - range.offset_minutes * MINUTE_MS);
                    (day, row)
                }
                Key::Project(directory) => {
                    row.directory = Some(directory.clone()).filter(|directory| !directory.is_empty());
                    row.key = directory;
                    (newest, row)
                }
            }
        })
        .collect();
    rows.sort_by(|(a, _), (b, _)| b.cmp(a));
    let cut = cut || rows.len() > MOST_ROWS;
    rows.truncate(MOST_ROWS);
    History { rows: rows.into_iter().map(|(_, row)| row).collect(), cut }
}

/// The newest sessions, by their ids.
fn sessions(connection: &Connection) -> Result<HashMap<String, Session>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, session_id, parent_id, directory, first_event_at, events FROM sessions ORDER BY id DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([MOST_SESSIONS], |row| {
        let session = Session {
            row: row.get(0)?,
            parent_id: row.get(2)?,
            directory: row.get(3)?,
            first_at: row.get(4)?,
            events: row.get(5)?,
        };
        Ok((row.get::<_, String>(1)?, session))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Where each session works: a child that does not say it works where its parent does.
fn directories(sessions: &HashMap<String, Session>) -> HashMap<i64, &str> {
    let of = |session: &'_ Session| {
        let mut above = session.row;
        let mut next = Some(session);
        for _ in 0..MOST_ABOVE {
            let Some(session) = next else { break };
            above = session.row;
            next = match &session.directory {
                None => session.parent_id.as_ref().and_then(|parent| sessions.get(parent)),
                Some(_) => None,
            };
        }
        above
    };
    let own: HashMap<i64, &str> = sessions
        .values()
        .map(|session| (session.row, session.directory.as_deref().unwrap_or_default()))
        .collect();
    sessions
        .values()
        .map(|session| (session.row, own.get(&of(session)).copied().unwrap_or_default()))
        .collect()
}

/// What each session used; of a child's turns and attempts, which are the same work, the one with more tokens.
fn used(connection: &Connection, is_child: &HashMap<i64, bool>) -> Result<HashMap<i64, Used>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT session, via, sum(input), sum(output), sum(cost_usd), max(unpriced) FROM usage GROUP BY session, via",
    )?;
    let mut rows = statement.query([])?;
    let mut all: HashMap<i64, Used> = HashMap::new();
    while let Some(row) = rows.next()? {
        let session: i64 = row.get(0)?;
        let now =
            Used { input: row.get(2)?, output: row.get(3)?, cost_usd: row.get(4)?, is_unpriced: row.get(5)? };
        let known = all.entry(session).or_default();
        if is_child.get(&session).copied().unwrap_or_default() {
            if now.input + now.output > known.input + known.output {
                *known = now;
            }
        } else {
            known.input += now.input;
            known.output += now.output;
            known.cost_usd += now.cost_usd;
            known.is_unpriced |= now.is_unpriced;
        }
    }
    Ok(all)
}

/// What planning used, where it was done.
fn planned(
    connection: &Connection,
    range: &HistoryRange,
    sums: &mut BTreeMap<Key, Sum>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT created_at, coalesce(directory, ''), json_extract(body, '$.usage') FROM plans LIMIT ?1",
    )?;
    let mut rows = statement.query([MOST_SESSIONS])?;
    while let Some(row) = rows.next()? {
        let (at, directory): (i64, String) = (row.get(0)?, row.get(1)?);
        let usage =
            row.get::<_, Option<String>>(2)?.and_then(|text| serde_json::from_str::<Usage>(&text).ok());
        let Some(usage) = usage.filter(|usage| usage.input_tokens > 0 || usage.output_tokens > 0) else {
            continue;
        };
        if range.has(at) {
            let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
            sums.entry(range.key(at, &directory)).or_default().used(&Used {
                input: count(usage.input_tokens),
                output: count(usage.output_tokens),
                cost_usd: usage.cost_usd.unwrap_or_default(),
                is_unpriced: usage.cost_usd.is_none(),
            });
        }
    }
    Ok(())
}

fn tasks(
    connection: &Connection,
    range: &HistoryRange,
    sums: &mut BTreeMap<Key, Sum>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT tasks.status, json_extract(tasks.body, '$.since'), coalesce(plans.directory, '')
         FROM tasks INDEXED BY tasks_by_status JOIN plans ON plans.plan_id = tasks.plan_id
         WHERE tasks.status IN ('completed', 'failed') LIMIT ?1",
    )?;
    let mut rows = statement.query([MOST_SESSIONS])?;
    while let Some(row) = rows.next()? {
        let (status, since, directory): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if range.has(since) {
            let row = &mut sums.entry(range.key(since, &directory)).or_default().row;
            match status.as_str() {
                "completed" => row.tasks_completed += 1,
                _ => row.tasks_failed += 1,
            }
        }
    }
    Ok(())
}

/// Events and prompts by day or week.
fn events(
    connection: &Connection,
    range: &HistoryRange,
    sums: &mut BTreeMap<Key, Sum>,
) -> Result<(), StoreError> {
    let prompt = prompt_word(connection)?;
    let mut add = |time: i64, kind: i64, events: i64| {
        let row = &mut sums.entry(Key::Day(range.day(time))).or_default().row;
        row.events += events;
        row.prompts += if Some(kind) == prompt { events } else { 0 };
    };
    let hour = |time: Option<i64>, otherwise: i64| time.map_or(otherwise, |time| time.div_euclid(HOUR_MS));
    each_hour(connection, hour(range.from, i64::MIN), hour(range.to, i64::MAX), |hour, _, kind, events| {
        add(hour.saturating_mul(HOUR_MS), kind, events);
    })?;
    each_newer(connection, |time, _, kind| {
        if range.has(time) {
            add(time, kind, 1);
        }
    })
}

/// Prompts by project; whether there were more than could be looked at.
fn prompts(
    connection: &Connection,
    range: &HistoryRange,
    sessions: &HashMap<i64, (i64, &str)>,
    sums: &mut BTreeMap<Key, Sum>,
) -> Result<bool, StoreError> {
    let Some(word) = prompt_word(connection)? else { return Ok(false) };
    let mut seen = 0;
    for sql in [PROMPTS, NEWER_PROMPTS] {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![word, MOST_PROMPTS, search::indexed(connection)?])?;
        while let Some(row) = rows.next()? {
            seen += 1;
            let (session, time): (i64, i64) = (row.get(0)?, row.get(1)?);
            if let Some((_, directory)) = sessions.get(&session).filter(|_| range.has(time)) {
                sums.entry(range.key(time, directory)).or_default().row.prompts += 1;
            }
        }
    }
    Ok(seen >= MOST_PROMPTS)
}

pub(super) const PROMPTS: &str = "SELECT events.session, events.timestamp FROM search.marks AS marks
     JOIN events ON events.id = marks.event
     WHERE marks.kind = 1 AND marks.value = ?1 AND marks.event <= ?3 ORDER BY marks.event DESC LIMIT ?2";
/// Those that the index does not have yet.
const NEWER_PROMPTS: &str = "SELECT session, timestamp FROM events WHERE id > ?3 AND type = ?1 LIMIT ?2";

fn prompt_word(connection: &Connection) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id FROM words WHERE word = 'UserPromptSubmit'")?
        .query_row([], |row| row.get(0))
        .optional()?)
}

/// A day since 1970 as `2026-11-25`, by the calendar's 400-year cycle (Howard Hinnant, `civil_from_days`).
fn date(day: i64) -> String {
    let day = day.clamp(-100_000_000, 100_000_000) + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates_and_weeks_begin_on_monday() {
        assert_eq!(
            [date(0), date(-1), date(20_782), date(11_016)],
            ["1970-01-01", "1969-12-31", "2026-11-25", "2000-02-29"]
        );
        let range = HistoryRange { by: HistoryBy::Week, from: None, to: None, offset_minutes: 0 };
        assert_eq!(date(range.day(20_782 * DAY_MS)), "2026-11-23");
        let east = HistoryRange { by: HistoryBy::Day, offset_minutes: 60, ..range };
        assert_eq!(date(east.day(20_782 * DAY_MS - MINUTE_MS)), "2026-11-25");
    }
}
