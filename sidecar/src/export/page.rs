//! A session as one HTML page: no script, nothing loaded from anywhere, and everything that others wrote is text.

use super::about;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rozet_observability::event::StoredEvent;
use rozet_observability::reading::{SessionView, SpanKind, SpanOutcome, UsageLine, UsageSum};
use rozet_observability::session::SessionSummary;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, UNIX_EPOCH};

const STYLE: &str = include_str!("page.css");
/// The last time that can be told, in milliseconds since 1970.
const LAST_TIME_MS: i64 = 253_402_300_799_999;

/// What the page is made of.
pub(crate) struct Page<'v> {
    view: &'v SessionView,
    /// Sessions by what they are called on the page.
    names: HashMap<&'v str, String>,
}

impl<'v> Page<'v> {
    pub(crate) fn new(view: &'v SessionView) -> Self {
        let all = std::iter::once(&view.session).chain(view.descendants.iter().map(|node| &node.session));
        let names = (0..).zip(all).map(|(number, session)| {
            let name = if number == 0 { "main".to_owned() } else { format!("child {number}") };
            (session.session_id.as_str(), name)
        });
        Self { view, names: names.collect() }
    }

    /// Everything up to the first event.
    pub(crate) fn beginning(&self) -> String {
        let view = self.view;
        let title = view.session.title.as_ref().unwrap_or(&view.session.session_id);
        let mut out = String::new();
        let _ = write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; \
             base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{}</h1>\n",
            STANDARD.encode(Sha256::digest(STYLE)),
            escaped(title),
            escaped(title),
        );
        self.facts(&mut out);
        self.usage(&mut out);
        self.sessions(&mut out);
        self.plans(&mut out);
        self.spans(&mut out);
        out.push_str("<h2>Events</h2>\n<table>\n<tr><th>Time<th>Session<th>Source<th>Type<th>About</tr>\n");
        out
    }

    /// One event.
    pub(crate) fn event(&self, stored: &StoredEvent) -> String {
        let event = &stored.event;
        let name = self.name_of(&event.session_id);
        let payload = serde_json::to_string_pretty(&event.payload).unwrap_or_default();
        format!(
            "<tr><td>{}<td>{}<td>{}<td>{}<td><details><summary>{}</summary><pre>{}</pre></details></tr>\n",
            time(event.timestamp),
            escaped(&name),
            escaped(&event.source_app),
            escaped(&event.hook_event_type),
            escaped(&about(event)),
            escaped(&payload),
        )
    }

    /// What comes after the last event.
    pub(crate) fn end(&self, is_cut: bool) -> String {
        let cut = if is_cut { "<p>There are more events than this page shows.</p>\n" } else { "" };
        format!("</table>\n{cut}</body>\n</html>\n")
    }

    fn name_of(&self, session_id: &str) -> Cow<'_, str> {
        self.names
            .get(session_id)
            .map_or_else(|| Cow::Owned(session_id.to_owned()), |name| Cow::Borrowed(name.as_str()))
    }

    fn facts(&self, out: &mut String) {
        let session = &self.view.session;
        out.push_str("<table class=\"facts\">\n");
        for (name, value) in [
            ("Session", Some(&session.session_id)),
            ("Workspace", session.directory.as_ref()),
            ("Model", session.model_name.as_ref()),
            ("Agent", session.agent.as_ref()),
            ("Last prompt", session.last_prompt.as_ref()),
        ] {
            if let Some(value) = value {
                row(out, &[name, value]);
            }
        }
        row(out, &["State", session.state.as_str()]);
        row(out, &["From", &time(session.first_event_at)]);
        row(out, &["To", &time(session.last_event_at)]);
        out.push_str("</table>\n");
    }

    fn usage(&self, out: &mut String) {
        let usage = &self.view.usage;
        out.push_str("<h2>Usage</h2>\n<table>\n<tr><th>Of<th>Input<th>Output<th>Reasoning<th>Cache read<th>Cache write<th>Cost</tr>\n");
        sum(out, "the session itself", &usage.own);
        sum(out, "with descendants and planning", &usage.inclusive);
        sum(out, "of that, Rozet's planning", &usage.planning);
        for (what, lines) in
            [("model", &usage.by_model), ("agent", &usage.by_agent), ("task", &usage.by_task)]
        {
            for UsageLine { name, usage } in lines {
                let name = if name.is_empty() { "not known" } else { name };
                sum(out, &format!("{what} {name}"), usage);
            }
        }
        out.push_str("</table>\n");
    }

    fn sessions(&self, out: &mut String) {
        if self.view.descendants.is_empty() {
            return;
        }
        out.push_str(
            "<h2>Descendants</h2>\n<table>\n<tr><th>Name<th>Session<th>Agent<th>State<th>Tokens</tr>\n",
        );
        for node in &self.view.descendants {
            let SessionSummary { session_id, agent, state, .. } = &node.session;
            let depth = usize::try_from(node.depth).unwrap_or_default().saturating_sub(1);
            let name = format!("{}{}", "· ".repeat(depth.min(20)), self.name_of(session_id));
            let tokens = node.usage.tokens().to_string();
            row(out, &[&name, session_id, agent.as_deref().unwrap_or_default(), state.as_str(), &tokens]);
        }
        out.push_str("</table>\n");
    }

    fn plans(&self, out: &mut String) {
        for plan in &self.view.plans {
            let _ = write!(out, "<h2>Plan</h2>\n<p>{}</p>\n<table>\n", escaped(&plan.summary));
            out.push_str("<tr><th>Task<th>What<th>Status<th>Files</tr>\n");
            for task in &plan.tasks {
                row(out, &[&task.task_id, &task.description, task.status.as_str(), &task.files.join(", ")]);
            }
            out.push_str("</table>\n");
        }
    }

    fn spans(&self, out: &mut String) {
        if self.view.spans.is_empty() {
            return;
        }
        out.push_str(
            "<h2>Tools and tasks</h2>\n<table>\n<tr><th>Began<th>Session<th>What<th>Took<th>Outcome</tr>\n",
        );
        for span in &self.view.spans {
            let what = match (span.kind, &span.tool) {
                (SpanKind::Tool, Some(tool)) => tool,
                (SpanKind::Tool | SpanKind::Task, _) => &span.key,
            };
            let took = span
                .ended_at
                .map_or_else(String::new, |ended| format!("{} ms", ended.saturating_sub(span.started_at)));
            let outcome = match span.outcome {
                SpanOutcome::Running => "running",
                SpanOutcome::Completed => "completed",
                SpanOutcome::Failed => "failed",
                SpanOutcome::Blocked => "blocked",
                SpanOutcome::Cancelled => "cancelled",
            };
            row(out, &[&time(span.started_at), &self.name_of(&span.session_id), what, &took, outcome]);
        }
        out.push_str("</table>\n");
    }
}

fn sum(out: &mut String, of: &str, sum: &UsageSum) {
    let marks = match (sum.cost_estimated, sum.cost_incomplete) {
        (_, true) => " (a part is not known)",
        (true, false) => " (a part is estimated)",
        (false, false) => "",
    };
    row(
        out,
        &[
            of,
            &sum.input_tokens.to_string(),
            &sum.output_tokens.to_string(),
            &sum.reasoning_tokens.to_string(),
            &sum.cache_read_tokens.to_string(),
            &sum.cache_write_tokens.to_string(),
            &format!("${:.4}{marks}", sum.cost_usd),
        ],
    );
}

fn row(out: &mut String, cells: &[&str]) {
    out.push_str("<tr>");
    for cell in cells {
        let _ = write!(out, "<td>{}", escaped(cell));
    }
    out.push_str("</tr>\n");
}

/// Text that is nothing but text, wherever it stands.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // These would turn around or hide what stands beside them.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            character if character.is_control() && character != '\n' && character != '\t' => {
                out.push('\u{fffd}');
            }
            character => out.push(character),
        }
    }
    out
}

fn time(ms: i64) -> String {
    let ms = u64::try_from(ms.clamp(0, LAST_TIME_MS)).unwrap_or_default();
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(ms)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_that_others_wrote_is_markup() {
        let evil = "</td></pre><script>alert(1)</script>\" onload='x' &lt; \u{202e}\u{0}";
        let session = json!({"session_id": evil, "source_app": evil, "title": evil, "last_prompt": evil,
            "directory": evil, "state": "idle", "first_event_at": i64::MIN, "last_event_at": i64::MAX, "events": 1});
        let nothing = json!({"input_tokens": 0, "output_tokens": 0, "reasoning_tokens": 0, "cache_read_tokens": 0,
            "cache_write_tokens": 0, "cost_usd": 0.0, "cost_estimated": true, "cost_incomplete": false, "turns": 0});
        let view: SessionView = serde_json::from_value(json!({
            "session": session, "descendants": [{"session": session, "depth": 3, "usage": nothing}],
            "more_descendants": false, "plans": [], "more_spans": false,
            "spans": [{"session_id": evil, "kind": "tool", "key": evil, "tool": evil, "started_at": 1, "outcome": "running",
                "began": 1}],
            "usage": {"own": nothing, "inclusive": nothing, "planning": nothing, "by_agent": [], "by_task": [],
                "by_model": [{"name": evil, "usage": nothing}]},
        }))
        .unwrap();
        let event = json!({"id": 1, "event_id": "e", "source_app": evil, "session_id": evil, "hook_event_type": evil,
            "payload": {evil: evil, "message": evil}, "timestamp": 5});
        let page = Page::new(&view);
        let event = page.event(&serde_json::from_value(event).unwrap());
        let html = page.beginning() + &event + &page.end(true);
        assert!(
            !html.contains("<script") && !html.contains("onload='x'") && !html.contains('\u{202e}'),
            "{html}"
        );
        assert_eq!(html.matches("</pre>").count(), 1);
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(html.contains("&amp;lt;"));
    }

    #[test]
    fn the_policy_lets_in_nothing_but_the_own_style() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains('<'));
        let view = json!({"session": {"session_id": "s", "source_app": "a", "state": "idle", "first_event_at": 0,
            "last_event_at": 0, "events": 0}, "descendants": [], "more_descendants": false, "plans": [], "spans": [],
            "more_spans": false, "usage": {"own": {}, "inclusive": {}, "planning": {}, "by_model": [], "by_agent": [],
            "by_task": []}});
        let nothing = json!({"input_tokens": 0, "output_tokens": 0, "reasoning_tokens": 0, "cache_read_tokens": 0,
            "cache_write_tokens": 0, "cost_usd": 0.0, "cost_estimated": false, "cost_incomplete": false, "turns": 0});
        let mut view = view;
        for part in ["own", "inclusive", "planning"] {
            view["usage"][part] = nothing.clone();
        }
        let view: SessionView = serde_json::from_value(view).unwrap();
        let html = Page::new(&view).beginning();
        assert!(html.contains(&format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'")));
        assert!(html.contains(&format!("<style>{STYLE}</style>")));
    }
}
