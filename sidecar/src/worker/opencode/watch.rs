//! What a worker's session does while it works, and what it uses: read from its messages, again and again.

use crate::opencode::{Answered, Child, Standing, model, usage};
use crate::spend::{Prices, priced};
use crate::worker::activity::line;
use crate::worker::{Job, Stopped};
use rozet_observability::plan::Usage;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(1_500);
/// Messages of one look; each is one model call.
const LAST: u32 = 8;
/// Messages of a look after one that found none it knew.
const ALL: u32 = 200;
/// Looks without news after which it is asked why.
const QUIET: u32 = 3;
/// How the tools are called that tell of their calls themselves.
const OWN_TOOLS: &str = "rozet_";

pub(super) struct Watch<'a> {
    job: &'a Job,
    /// By the message's id.
    used: BTreeMap<String, Usage>,
    /// What sessions below the worker's used.
    below: Usage,
    has_below: bool,
    pub(super) model: Option<String>,
    /// Calls that are over and were told of.
    stepped: HashSet<String>,
    activity: String,
    waiting: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn new(job: &'a Job) -> Self {
        Self {
            job,
            used: BTreeMap::new(),
            below: Usage::default(),
            has_below: false,
            model: None,
            stepped: HashSet::new(),
            activity: String::new(),
            waiting: false,
        }
    }

    /// Watches until the overseer says stop.
    pub(super) async fn follow(&mut self, child: &Child) -> Stopped {
        let mut quiet = 0;
        loop {
            tokio::time::sleep(LOOK).await;
            let before = (self.used.len(), self.stepped.len(), self.activity.clone());
            if let Err(stopped) = self.look(child).await {
                return stopped;
            }
            quiet = if before == (self.used.len(), self.stepped.len(), self.activity.clone()) {
                quiet + 1
            } else {
                0
            };
            self.waiting = false;
            if quiet >= QUIET
                && let Ok(Standing::Waiting(why)) = child.standing().await
            {
                self.waiting = true;
                self.tell(format!("waiting for the model's provider: {}", line(&why, None)));
            }
        }
    }

    /// Looks at what is new; false when that cannot be had, which the next look makes up for.
    async fn look(&mut self, child: &Child) -> Result<bool, Stopped> {
        let Ok(messages) = child.messages(LAST).await else { return Ok(false) };
        let is_gap = messages.len() >= LAST as usize && !messages.iter().any(|message| self.knows(message));
        if is_gap && let Ok(messages) = child.messages(ALL).await {
            self.read(&messages)?;
        } else {
            self.read(&messages)?;
        }
        Ok(true)
    }

    /// Looks once more, and at the sessions below too; false when that cannot be had.
    pub(super) async fn look_at_last(&mut self, child: &Child) -> Result<bool, Stopped> {
        let seen = self.look(child).await?;
        if self.has_below
            && let Ok(sessions) = child.children().await
        {
            self.below = Usage::default();
            for session in &sessions {
                self.below.add(&usage(session));
            }
            self.job.overseer.spent(self.total(), self.model.as_deref())?;
        }
        Ok(seen)
    }

    fn knows(&self, message: &Value) -> bool {
        message.pointer("/info/id").and_then(Value::as_str).is_some_and(|id| self.used.contains_key(id))
    }

    fn read(&mut self, messages: &[Value]) -> Result<(), Stopped> {
        let before = self.total();
        let assistants = messages
            .iter()
            .filter(|message| message.pointer("/info/role").and_then(Value::as_str) == Some("assistant"));
        let mut now = None;
        let mut over = Vec::new();
        for message in assistants {
            let Some(info) = message.get("info") else { continue };
            let Some(id) = info.get("id").and_then(Value::as_str) else { continue };
            self.model = model(info).or_else(|| self.model.take());
            self.used.insert(id.to_owned(), self.counted(usage(info), model(info).as_deref()));
            now = Some("thinking".to_owned());
            let parts = message.get("parts").and_then(Value::as_array).into_iter().flatten();
            for call in parts.filter_map(Call::of) {
                self.has_below |= call.tool == "task";
                now = Some(if call.is_over { "thinking".to_owned() } else { line(call.tool, call.input) });
                if call.is_over
                    && self.stepped.insert(call.id.to_owned())
                    && !call.tool.starts_with(OWN_TOOLS)
                {
                    over.push((call.told(), call.outcome.to_owned()));
                }
            }
        }
        if let Some(now) = now {
            self.tell(now);
        }
        let total = self.total();
        if total != before {
            self.job.overseer.spent(total, self.model.as_deref())?;
        }
        for (call, outcome) in over {
            self.job.overseer.stepped(&call, &outcome)?;
        }
        Ok(())
    }

    fn counted(&self, usage: Usage, model: Option<&str>) -> Usage {
        let prices = Prices::new(&self.job.settings.budget.prices);
        model.map_or(usage, |model| priced(usage, model, &prices))
    }

    fn tell(&mut self, activity: String) {
        if activity != self.activity {
            self.job.overseer.activity(activity.clone());
            self.activity = activity;
        }
    }

    /// Counts an answer that could not be looked at.
    pub(super) fn add(&mut self, answered: &Answered) -> Result<(), Stopped> {
        self.model = answered.model.clone().or_else(|| self.model.take());
        let usage = self.counted(answered.usage, answered.model.as_deref());
        self.used.insert("the last".to_owned(), usage);
        self.job.overseer.spent(self.total(), self.model.as_deref())
    }

    /// What the attempt has used so far.
    pub(super) fn total(&self) -> Usage {
        let mut total = Usage::default();
        for usage in self.used.values().chain([&self.below]) {
            total.add(usage);
        }
        total
    }

    /// Whether no model has been at work yet.
    pub(super) fn saw_nothing(&self) -> bool {
        self.used.is_empty()
    }

    /// Whether OpenCode was waiting for the model's provider at the last look.
    pub(super) const fn waits_for_provider(&self) -> bool {
        self.waiting
    }
}

/// A tool call, as a message tells of it.
struct Call<'a> {
    id: &'a str,
    tool: &'a str,
    input: Option<&'a Value>,
    is_over: bool,
    outcome: &'a str,
}

impl<'a> Call<'a> {
    fn of(part: &'a Value) -> Option<Self> {
        let word = |path: &str| part.pointer(path).and_then(Value::as_str);
        if word("/type") != Some("tool") {
            return None;
        }
        let status = word("/state/status").unwrap_or_default();
        Some(Self {
            id: word("/id")?,
            tool: word("/tool")?,
            input: part.pointer("/state/input"),
            is_over: matches!(status, "completed" | "error"),
            outcome: word("/state/error").or_else(|| word("/state/output")).unwrap_or_default(),
        })
    }

    fn told(&self) -> String {
        self.input.map_or_else(|| self.tool.to_owned(), |input| format!("{} {input}", self.tool))
    }
}
