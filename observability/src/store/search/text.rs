//! What of a payload can be searched for.

use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Most text of one event, in bytes.
const MOST_BYTES: usize = 8 * 1024;
/// Longer words, in bytes, are data, not language.
const LONGEST_WORD: usize = 96;
/// Deeper values are passed over.
const MOST_DEPTH: u8 = 8;

/// Adds all texts of a payload, but for ids and hashes, which would fill the index and which nobody searches for.
pub(super) fn of_payload(json: &str, out: &mut String) {
    let mut reader = serde_json::Deserializer::from_str(json);
    // A payload that cannot be read is not found, and that is all.
    let _ = Texts { out, depth: 0 }.deserialize(&mut reader);
}

/// Adds the beginnings of long texts that are kept apart.
pub(super) fn of_bodies(connection: &Connection, bodies: &str, out: &mut String) -> Result<(), StoreError> {
    let named: Map<String, Value> = serde_json::from_str(bodies).unwrap_or_default();
    let mut statement = connection.prepare_cached("SELECT text FROM store.bodies WHERE id = ?1")?;
    for id in named.values() {
        let text: Option<String> = statement.query_row([id.as_i64()], |row| row.get(0)).optional()?;
        add(out, &text.unwrap_or_default());
    }
    Ok(())
}

fn add(out: &mut String, text: &str) {
    for word in text.split_ascii_whitespace() {
        if out.len() + word.len() >= MOST_BYTES {
            return;
        }
        if word.len() <= LONGEST_WORD {
            out.push_str(word);
            out.push(' ');
        }
    }
}

fn is_searched(field: &str) -> bool {
    !(field.ends_with("_id") || field == "id" || field.ends_with("sha256") || field.ends_with("hash"))
}

struct Texts<'o> {
    out: &'o mut String,
    depth: u8,
}

impl<'de> DeserializeSeed<'de> for Texts<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth > MOST_DEPTH {
            return IgnoredAny::deserialize(deserializer).map(|_| ());
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        add(self.out, text);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Texts { out: &mut *self.out, depth: self.depth + 1 })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<std::borrow::Cow<'de, str>>()? {
            if is_searched(&name) {
                fields.next_value_seed(Texts { out: &mut *self.out, depth: self.depth + 1 })?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &str) -> String {
        let mut out = String::new();
        of_payload(json, &mut out);
        out
    }

    #[test]
    fn texts_are_found_at_every_depth_and_ids_are_not() {
        let json = r#"{"tool":"bash","args":{"command":"ls -l","n":[1,true,null,["deep \u00e9"]]},"call_id":"c1","sha256":"ab"}"#;
        assert_eq!(texts(json), "bash ls -l deep é ");
    }

    #[test]
    fn text_is_bounded_and_data_is_passed_over() {
        let long = format!(r#"{{"a":"{} end","b":"{}"}}"#, "x".repeat(200), "word ".repeat(5_000));
        let found = texts(&long);
        assert!(found.starts_with("end word ") && found.len() <= MOST_BYTES, "{}", found.len());
        let deep = format!("{}\"t\"{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(texts(&deep), "");
        assert_eq!(texts("not json"), "");
    }
}
