//! What events say of asks. Other versions of the plugin may say less: what is missing or odd is never a fault.

use rozet_observability::ask::{Ask, AskKind, AskOption, AskQuestion, AskState};
use rozet_observability::event::Event;
use serde_json::{Map, Value};

/// Longest line, in characters.
const LINE_CHARS: usize = 300;
/// Longest command or message, in bytes.
const MAX_TEXT_BYTES: usize = 8 * 1024;
/// Longest diff, in bytes.
const MAX_DIFF_BYTES: usize = 64 * 1024;
const MAX_PATTERNS: usize = 100;
const MAX_QUESTIONS: usize = 20;
const MAX_OPTIONS: usize = 50;
/// Longest id, in bytes. It becomes part of a path.
const MAX_ID_BYTES: usize = 128;

/// One thing that an event says of asks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fact {
    Asked(Box<Asked>),
    Answered(Answered),
    /// It was given up; the daemon itself said so.
    Gone {
        ask_id: String,
        reason: String,
        at: i64,
    },
    /// A session does not wait any more: in one call, or in none at all.
    Over {
        session_id: String,
        call_id: Option<String>,
        at: i64,
    },
}

/// An ask as its event tells of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) ask: Ask,
    /// The process whose OpenCode waits.
    pub(crate) producer: String,
    /// The tool call that waits.
    pub(crate) call_id: Option<String>,
    /// How long the asking side wants it to wait at most, in milliseconds.
    pub(crate) timeout_ms: Option<u64>,
    /// Whether the event named the root session.
    pub(crate) names_root: bool,
}

/// What became of an ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) ask_id: String,
    /// `once`, `always`, `reject`, or what was answered to a question.
    pub(crate) answer: String,
    /// Who answered, when it is said.
    pub(crate) by: Option<String>,
    pub(crate) expired: bool,
    pub(crate) reason: Option<String>,
    pub(crate) at: i64,
}

/// The types of events that [`of`] reads at all.
pub(super) const TOLD_BY: [&str; 2] = ["PermissionRequest", "Notification"];

/// What an event says of asks, if anything. `any_wait`: whether any ask waits, without which nothing can be over.
pub(crate) fn of(event: &Event, any_wait: bool) -> Option<Fact> {
    match event.hook_event_type.as_str() {
        "PermissionRequest" => asked(event).map(|asked| Fact::Asked(Box::new(asked))),
        "Notification" => noted(event),
        "Stop" | "SessionEnd" if any_wait => Some(over(event, None)),
        "ToolCompleted" | "ToolFailed" if any_wait => {
            Some(over(event, Some(text(&event.payload, "call_id")?)))
        }
        _ => None,
    }
}

fn over(event: &Event, call_id: Option<String>) -> Fact {
    Fact::Over { session_id: event.session_id.clone(), call_id, at: event.timestamp }
}

fn noted(event: &Event) -> Option<Fact> {
    let payload = &event.payload;
    let kind = text(payload, "kind")?;
    if !matches!(kind.as_str(), "permission_answered" | "question_answered" | "ask_gone") {
        return None;
    }
    let (ask_id, at) = (id(payload, &["ask_id", "request_id"])?, event.timestamp);
    let reason = text(payload, "message").map(|text| cut(text, MAX_TEXT_BYTES));
    if kind == "ask_gone" {
        return Some(Fact::Gone { ask_id, reason: reason.unwrap_or_default(), at });
    }
    let answer = match payload.get("answer").or_else(|| payload.get("answers")) {
        Some(Value::String(answer)) => answer.clone(),
        Some(answers) => words(answers),
        None => String::new(),
    };
    let expired = payload.get("expired").and_then(Value::as_bool).unwrap_or_default();
    let by = text(payload, "by").map(|by| line(&by));
    Some(Fact::Answered(Answered { ask_id, answer: cut(answer, MAX_TEXT_BYTES), by, expired, reason, at }))
}

fn asked(event: &Event) -> Option<Asked> {
    let payload = &event.payload;
    let ask_id = id(payload, &["ask_id", "request_id", "id"])?;
    let nothing = Map::new();
    let metadata = payload.get("metadata").and_then(Value::as_object).unwrap_or(&nothing);
    let said = |names: &[&str]| {
        let found = |name: &&str| text(payload, name).or_else(|| text(metadata, name));
        names.iter().find_map(found)
    };
    let questions = questions(payload.get("questions"));
    let kind = match text(payload, "kind").as_deref() {
        Some("question") => AskKind::Question,
        Some(_) => AskKind::Permission,
        None if questions.is_empty() => AskKind::Permission,
        None => AskKind::Question,
    };
    let permission = text(payload, "permission").map(|text| line(&text));
    let patterns: Vec<String> = payload
        .get("patterns")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .take(MAX_PATTERNS)
        .map(line)
        .collect();
    let title = said(&["title"]).map(|text| line(&text)).filter(|text| !text.trim().is_empty());
    let title = title.unwrap_or_else(|| match (questions.first(), &permission) {
        (Some(question), _) if kind == AskKind::Question => line(&question.question),
        (_, Some(permission)) if patterns.is_empty() => permission.clone(),
        (_, Some(permission)) => line(&format!("{permission}: {}", patterns.join(", "))),
        (_, None) => "something that OpenCode does not name".to_owned(),
    });
    let root = text(payload, "root_session_id").filter(|id| !id.is_empty());
    let ask = Ask {
        ask_id,
        kind,
        session_id: event.session_id.clone(),
        root_session_id: root.clone().unwrap_or_else(|| event.session_id.clone()),
        agent: text(payload, "agent").map(|text| line(&text)),
        plan_id: None,
        task_id: None,
        permission,
        patterns,
        title,
        command: said(&["command"]).map(|text| cut(text, MAX_TEXT_BYTES)),
        path: said(&["path", "filepath", "filePath"]).map(|text| line(&text)),
        diff: said(&["diff"]).map(|text| cut(text, MAX_DIFF_BYTES)),
        questions,
        asked_at: event.timestamp,
        expires_at: None,
        state: AskState::Waiting,
        answer: None,
        answered_by: None,
        answered_at: None,
        reason: None,
    };
    Some(Asked {
        ask,
        producer: event.producer.clone(),
        call_id: text(payload, "call_id"),
        timeout_ms: payload.get("timeout_ms").and_then(Value::as_u64).filter(|ms| *ms > 0),
        names_root: root.is_some(),
    })
}

fn questions(given: Option<&Value>) -> Vec<AskQuestion> {
    let given = given.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let question = |fields: &Map<String, Value>| AskQuestion {
        question: cut(text(fields, "question").unwrap_or_default(), MAX_TEXT_BYTES),
        header: text(fields, "header").map(|text| line(&text)),
        options: options(fields.get("options")),
        multiple: fields.get("multiple").and_then(Value::as_bool).unwrap_or_default(),
    };
    given.take(MAX_QUESTIONS).map(question).collect()
}

fn options(given: Option<&Value>) -> Vec<AskOption> {
    let given = given.and_then(Value::as_array).into_iter().flatten();
    let option = |given: &Value| match given {
        Value::String(label) => Some(AskOption { label: line(label), description: None }),
        Value::Object(fields) => Some(AskOption {
            label: line(&text(fields, "label")?),
            description: text(fields, "description").map(|text| line(&text)),
        }),
        _ => None,
    };
    given.take(MAX_OPTIONS).filter_map(option).collect()
}

/// Answers to questions, in one line.
pub(super) fn words(answers: &Value) -> String {
    let one = |answer: &Value| match answer {
        Value::Array(chosen) => chosen.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        _ => String::new(),
    };
    answers.as_array().map(|all| all.iter().map(one).collect::<Vec<_>>().join("; ")).unwrap_or_default()
}

/// An id that may be part of a path.
fn id(fields: &Map<String, Value>, names: &[&str]) -> Option<String> {
    let id = names.iter().find_map(|name| text(fields, name))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    ((1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(plain)).then_some(id)
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn line(text: &str) -> String {
    let plain = text.chars().map(|each| if each.is_control() { ' ' } else { each });
    let mut line: String = plain.clone().take(LINE_CHARS).collect();
    if plain.count() > LINE_CHARS {
        line.push('…');
    }
    line
}

fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(kind: &str, payload: impl Into<Value>) -> Event {
        let event = json!({"event_id": "p.1", "producer": "p", "seq": 1, "source_app": "rozet-opencode", "session_id": "s",
            "hook_event_type": kind, "payload": payload.into(), "timestamp": 5});
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn what_an_older_plugin_says_is_enough() {
        let told = event(
            "PermissionRequest",
            json!({"request_id": "per_1", "permission": "bash", "patterns": ["rm *", 7]}),
        );
        let Some(Fact::Asked(asked)) = of(&told, false) else { panic!("no ask") };
        assert_eq!((asked.ask.ask_id.as_str(), asked.ask.title.as_str()), ("per_1", "bash: rm *"));
        assert_eq!((asked.ask.root_session_id.as_str(), asked.names_root), ("s", false));
        assert_eq!(asked.ask.kind, AskKind::Permission);
    }

    #[test]
    fn everything_that_is_said_is_kept_within_bounds() {
        let told = event(
            "PermissionRequest",
            json!({"ask_id": "que_1", "kind": "question", "root_session_id": "r",
            "title": "x\u{1b}[2J".repeat(200), "diff": "é".repeat(100_000), "timeout_ms": 9, "call_id": "c",
            "questions": [{"question": "Which?", "options": [{"label": "a", "description": "d"}, "b", 7], "multiple": true}, 7]}),
        );
        let Some(Fact::Asked(asked)) = of(&told, false) else { panic!("no ask") };
        let ask = &asked.ask;
        assert_eq!(
            (ask.kind, ask.questions.len(), ask.questions[0].options.len()),
            (AskKind::Question, 1, 2)
        );
        assert!(ask.title.chars().count() <= 301 && !ask.title.contains('\u{1b}'));
        assert!(ask.diff.as_ref().unwrap().len() < 65 * 1024);
        assert_eq!(
            (ask.root_session_id.as_str(), asked.timeout_ms, asked.call_id.as_deref()),
            ("r", Some(9), Some("c"))
        );
    }

    #[test]
    fn odd_events_are_passed_over() {
        for payload in
            [json!({}), json!({"ask_id": "../../session"}), json!({"ask_id": ""}), json!({"ask_id": 7})]
        {
            assert_eq!(of(&event("PermissionRequest", payload.clone()), true), None, "{payload}");
            let noted = json!({"kind": "permission_answered", "ask_id": payload.get("ask_id")});
            assert_eq!(of(&event("Notification", noted), true), None, "{payload}");
        }
        assert_eq!(of(&event("Notification", json!({"ask_id": "a"})), true), None);
        assert_eq!(of(&event("Stop", json!({})), false), None);
        assert_eq!(of(&event("ToolFailed", json!({})), true), None);
    }

    #[test]
    fn an_answer_is_read_in_either_form() {
        let answered = |payload| match of(&event("Notification", payload), false) {
            Some(Fact::Answered(answered)) => (answered.answer, answered.by),
            other => panic!("{other:?}"),
        };
        let told =
            answered(json!({"kind": "permission_answered", "ask_id": "a", "answer": "once", "by": "tui"}));
        assert_eq!(told, ("once".into(), Some("tui".into())));
        let told =
            answered(json!({"kind": "permission_answered", "ask_id": "a", "answer": [["x", "y"], ["z"]]}));
        assert_eq!(told, ("x, y; z".into(), None));
    }
}
