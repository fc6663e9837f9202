use super::{Wrong, envelope, start};
use crate::input::{Envelope, Start};
use serde_json::{Value, json};

/// One of each kind, with every field.
fn inputs() -> Vec<Value> {
    let usage = json!({"input_tokens": 1, "output_tokens": 2, "reasoning_tokens": 3, "cache_read_tokens": 4,
        "cache_write_tokens": 5, "cost_usd": 0.25});
    let check = |value: Value| value;
    let task = json!({"task_id": "T1", "description": "d", "files": ["a"], "depends_on": ["T0"], "status": "blocked", "since": 5,
        "checks": [check(json!({"type": "command", "command": "c"})), json!({"type": "file_exists", "path": "p"}),
            json!({"type": "file_contains", "path": "p", "text": "t"}), json!({"type": "manual", "question": "q"})],
        "waits_for": {"kind": "human", "what": "w"}, "claim": {"by": "b", "statement": "s", "at": 6},
        "evidence": [{"check": {"type": "file_exists", "path": "p"}, "outcome": "not_run", "detail": "d", "observed_at": 7,
            "duration_ms": 8, "sha256": "ff"}]});
    let plan = json!({"plan_id": "p", "session_id": "s", "directory": "/w", "request": "r", "summary": "u", "origin": "offline",
        "reason": "why", "model": "m", "tasks": [task], "created_at": -1, "latency_ms": 2,
        "usage": {"input_tokens": 1, "output_tokens": 2, "cost_usd": 0.5, "cost_estimated": true}, "prompt_version": "1"});
    vec![
        json!({"type": "prompt", "session_id": "s", "message_id": "m", "agent": "a", "model": "p/m", "text": "t",
            "files": ["f"], "parent_id": "q"}),
        json!({"type": "prompt", "session_id": "s", "message_id": "m", "text": "t", "files": []}),
        json!({"type": "system", "session_id": "s", "may_wait": true}),
        json!({"type": "system", "session_id": null, "may_wait": false}),
        json!({"type": "params", "session_id": "s", "agent": "a", "provider_id": "p", "model_id": "m", "npm": "n",
            "reasoning": true, "options": {"a": [1, {"b": null}]}, "configured": {}}),
        json!({"type": "text_complete", "session_id": "s", "part_id": "p", "text": "t"}),
        json!({"type": "tool_before", "session_id": "s", "call_id": "c", "tool": "t", "args": {"x": 1.5}}),
        json!({"type": "tool_after", "session_id": "s", "call_id": "c", "tool": "t", "args": {}, "title": "i", "output": "o",
            "output_length": 9, "exit": -1}),
        json!({"type": "tool_after", "session_id": "s", "call_id": "c", "tool": "t", "args": {}, "title": "i", "output": "o",
            "output_length": 9}),
        json!({"type": "tool_failed", "session_id": "s", "call_id": "c", "tool": "t", "error": "e"}),
        json!({"type": "reasoning_ended", "session_id": "s", "message_id": "m", "part_id": "p", "text": "t", "signed": true, "chars": 3}),
        json!({"type": "reasoning_ended", "session_id": "s", "message_id": "m", "part_id": "p", "signed": false,
            "chars": 3}),
        json!({"type": "message_ended", "session_id": "s", "message_id": "m", "usage": usage, "error": "e"}),
        json!({"type": "message_ended", "session_id": "s", "message_id": "m", "usage": {}, "error": null}),
        json!({"type": "session_created", "session_id": "s", "parent_id": "p", "title": "t"}),
        json!({"type": "session_idle", "session_id": "s"}),
        json!({"type": "session_deleted", "session_id": "s"}),
        json!({"type": "aborted", "session_id": "s"}),
        json!({"type": "asked", "session_id": "s", "details": {"ask_id": "r", "patterns": ["x"]}}),
        json!({"type": "answered", "session_id": "s", "ask_id": "r", "answer": "once"}),
        json!({"type": "todos", "session_id": "s", "todos": [{"content": "c", "status": "pending"}]}),
        json!({"type": "task_tool", "session_id": "s", "args": {"task_id": 1}}),
        json!({"type": "task_verdict", "session_id": "s", "task_id": "T1"}),
        json!({"type": "reverted", "session_id": "s", "message_id": "m"}),
        json!({"type": "reverted", "session_id": "s", "message_id": null}),
        json!({"type": "message_removed", "session_id": "s", "message_id": "m"}),
        json!({"type": "compacted", "session_id": "s"}),
        json!({"type": "degraded", "session_id": "s", "what": "w", "hook": "h"}),
        json!({"type": "host_version", "version": "1.18.33"}),
        json!({"type": "compacting", "session_id": "s"}),
        json!({"type": "link", "frame": {"type": "hello", "version": "1", "protocol": 1}}),
        json!({"type": "link", "frame": {"type": "plan", "plan": plan}}),
        json!({"type": "link", "frame": {"type": "task", "plan_id": "p", "session_id": "s", "task": plan["tasks"][0]}}),
        json!({"type": "link", "frame": {"type": "run", "run": {"run_id": "r", "plan_id": "p", "session_id": "s",
            "status": "completed", "note": "n", "toast": "t"}}}),
        json!({"type": "link", "frame": {"type": "run", "run": {"run_id": "r", "plan_id": "p", "session_id": "s",
            "status": "paused", "note": "n"}}}),
        json!({"type": "link", "frame": {"type": "resync"}}),
        json!({"type": "plan_unavailable", "session_id": "s", "plan_id": "p", "reason": "r"}),
        json!({"type": "run_unavailable", "session_id": "s", "reason": "r"}),
        json!({"type": "sidecar_unreachable", "reason": "r"}),
        json!({"type": "dispose", "overhead": {"factory_ms": 1, "hooks": [{"hook": "h", "calls": 1, "total_ms": 2.5,
            "max_ms": 2}], "plan_wait_ms": 3, "core_restarts": 4, "hook_faults": 5}}),
        json!({"type": "dispose", "overhead": {}}),
    ]
}

/// The variants of `Input` that the samples cover, by serde's own word for them.
fn covered() -> usize {
    let mut tags: Vec<String> = inputs().iter().map(|input| input["type"].to_string()).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.len()
}

fn agree(json: &str) {
    let serde = serde_json::from_str::<Envelope>(json).ok();
    assert_eq!(envelope(json).ok(), serde, "{json}");
}

#[test]
fn every_input_is_read_as_serde_reads_it() {
    let known = serde_json::from_str::<Envelope>(r#"{"now":1,"input":{"type":""}}"#).unwrap_err().to_string();
    let known = known.matches('`').count() / 2 - 1;
    assert_eq!(covered(), known, "a variant has no sample");
    for input in inputs() {
        let json = json!({"now": 1, "input": input}).to_string();
        assert!(envelope(&json).is_ok(), "{json}");
        agree(&json);
    }
}

/// Every value of every sample, one after another, replaced by something else or removed. Not by a list: serde also
/// takes a list of fields for an object.
#[test]
fn wrong_inputs_are_refused_where_serde_refuses_them() {
    for input in inputs() {
        let sample = json!({"now": 1, "input": input});
        let mut paths = Vec::new();
        collect(&sample, &mut String::new(), &mut paths);
        for path in paths {
            for other in [
                json!(null),
                json!(true),
                json!(-1),
                json!(1.5),
                json!(5_000_000_000_u64),
                json!("word"),
                json!({}),
            ] {
                let mut changed = sample.clone();
                if let Some(value) = changed.pointer_mut(&path) {
                    *value = other;
                }
                agree(&changed.to_string());
            }
            let (parent, key) = path.rsplit_once('/').unwrap();
            let mut without = sample.clone();
            if let Some(fields) = without.pointer_mut(parent).and_then(Value::as_object_mut) {
                fields.remove(key);
                agree(&without.to_string());
            }
        }
    }
}

fn collect(value: &Value, path: &mut String, paths: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children {
        let length = path.len();
        path.push('/');
        path.push_str(&key);
        paths.push(path.clone());
        collect(child, path, paths);
        path.truncate(length);
    }
}

#[test]
fn starts_are_read_as_serde_reads_them() {
    for json in [
        r#"{"producer":"p","last_seq":3,"directory":"/w","version":"1","settings":{}}"#,
        r#"{"producer":"p","last_seq":3,"directory":"/w","version":"1","settings":{"thinking":"show","plan":false,"plan_wait_ms":7,"execute":true}}"#,
        r#"{"producer":"p","last_seq":3,"directory":"/w","version":"1","settings":{"execute":null}}"#,
        r#"{"producer":"p","last_seq":3,"directory":"/w","version":"1","settings":{"execute":"yes"}}"#,
        r#"{"producer":"p","last_seq":3,"directory":"/w","version":"1","settings":{"thinking":"loud"}}"#,
        r#"{"producer":"p","last_seq":-3,"directory":"/w","version":"1","settings":{}}"#,
        r#"{"producer":"p","last_seq":3,"directory":"/w","version":"1"}"#,
        "{}",
        "[]",
    ] {
        assert_eq!(start(json).ok(), serde_json::from_str::<Start>(json).ok(), "{json}");
    }
}

#[test]
fn errors_name_the_place_and_quote_nothing() {
    for (json, expected) in [
        ("{", "not JSON from line 1 column 1 on"),
        ("secret", "not JSON from line 1 column 1 on"),
        ("[]", "expected an object"),
        (r#"{"now":1,"input":{"type":"secret"}}"#, "`input.type`: expected a known `type`"),
        (
            r#"{"now":"secret","input":{"type":"compacting","session_id":"s"}}"#,
            "`now`: expected a whole number",
        ),
        (
            r#"{"now":1,"input":{"type":"compacting"}}"#,
            "`input.session_id`: expected a value, but it is missing",
        ),
        (
            r#"{"now":1,"input":{"type":"link","frame":{"type":"task","plan_id":"p","session_id":"s","task":{"task_id":7}}}}"#,
            "`input.frame.task.task_id`: expected text",
        ),
    ] {
        assert_eq!(envelope(json).unwrap_err().to_string(), expected, "{json}");
    }
    assert!(matches!(start("{}").unwrap_err(), Wrong::Value { path, .. } if path == "producer"));
}
