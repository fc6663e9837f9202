//! Redaction of JSON values in place.

use super::{Counts, Redactor, SecretKind, assignment::is_secret_field, header};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A number of fewer digits under a secret's name is rather a count.
const SHORTEST_NUMBER: usize = 4;

/// Redacts every string inside; nesting costs no stack.
pub(super) fn value(redactor: &Redactor, root: &mut Value, counts: &mut Counts) {
    let mut open = vec![root];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => redactor.string(text, counts),
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields_of(redactor, fields, counts)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Redacts an object's fields.
pub(super) fn map(redactor: &Redactor, fields: &mut Map<String, Value>, counts: &mut Counts) {
    for inner in fields_of(redactor, fields, counts) {
        value(redactor, inner, counts);
    }
}

/// Redacts an object's keys, and the values whose key says that they are secret; the others are left to do.
fn fields_of<'m>(
    redactor: &Redactor,
    fields: &'m mut Map<String, Value>,
    counts: &mut Counts,
) -> Vec<&'m mut Value> {
    redact_keys(redactor, fields, counts);
    let pair = pair_name(fields);
    let mut left = Vec::with_capacity(fields.len());
    for (key, value) in fields.iter_mut() {
        let name = pair.as_deref().filter(|_| key == "value").unwrap_or(key);
        if let Some((redacted, kind)) = by_name(name, value).filter(|(_, kind)| !redactor.kept.has(*kind)) {
            *value = Value::from(redacted);
            counts.count(kind, 1);
        } else {
            left.push(value);
        }
    }
    left
}

/// What becomes of a value because of the name it stands under.
fn by_name(name: &str, value: &Value) -> Option<(String, SecretKind)> {
    match value {
        Value::String(text) => {
            header::field(name, text).map(|kept| (kept, SecretKind::Authorization)).or_else(|| {
                is_secret_field(name, text)
                    .then(|| (SecretKind::Secret.mark().to_owned(), SecretKind::Secret))
            })
        }
        Value::Number(number) => {
            let text = number.to_string();
            let secret = text.len() >= SHORTEST_NUMBER && is_secret_field(name, &text);
            secret.then(|| (SecretKind::Secret.mark().to_owned(), SecretKind::Secret))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `{"name": "API_KEY", "value": "…"}`, as container and CI settings are written.
fn pair_name(fields: &Map<String, Value>) -> Option<String> {
    fields.get("value")?;
    let name = fields.get("name").or_else(|| fields.get("key"))?;
    name.as_str().map(str::to_owned)
}

fn redact_keys(redactor: &Redactor, fields: &mut Map<String, Value>, counts: &mut Counts) {
    let clean =
        fields.keys().all(|key| matches!(redactor.text(key, &mut Counts::default()), Cow::Borrowed(_)));
    if clean {
        return;
    }
    let old = std::mem::take(fields);
    for (key, value) in old {
        fields.insert(redactor.text(&key, counts).into_owned(), value);
    }
}
