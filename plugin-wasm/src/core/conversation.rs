//! What passes between OpenCode and the model: parameters, texts, messages.

use super::Core;
use crate::effect::Effect;
use crate::facts::{cut, payload};
use crate::input::{MessageUsage, Params, Thinking};
use crate::thinking::{params, strip};

/// The most of the last text of a turn that its end carries, in bytes.
const MOST_SAID: usize = 512;
/// OpenCode's name for the end that a person made.
const ABORTED: &str = "MessageAbortedError";

/// Signed reasoning parts of one turn that are removed at its end.
const MOST_SIGNED: usize = 256;

/// A reasoning part that has ended.
pub(super) struct Reasoned {
    pub(super) message_id: String,
    pub(super) part_id: String,
    pub(super) text: Option<String>,
    pub(super) signed: bool,
    pub(super) chars: u64,
}

impl Core {
    pub(super) fn params(&mut self, params: &Params, out: &mut Vec<Effect>) {
        // The title and compaction agents may use another model than the person's.
        if !matches!(params.agent.as_str(), "title" | "summary" | "compaction")
            && let Some(session) = self.sessions.get(&params.session_id)
        {
            session.model = Some(format!("{}/{}", params.provider_id, params.model_id));
        }
        if self.settings.thinking == Thinking::Show {
            return;
        }
        let options = params::suppress(params);
        if !options.is_empty() {
            out.push(Effect::SetOptions { options });
        }
    }

    pub(super) fn text_complete(
        &mut self,
        now: i64,
        session_id: &str,
        part_id: &str,
        text: &str,
        out: &mut Vec<Effect>,
    ) {
        let hide = self.settings.thinking != Thinking::Show;
        let stripped = if hide { strip::strip(text) } else { None };
        let said = stripped.as_ref().map_or(text, |stripped| stripped.text.as_str());
        let head = cut(&self.facts.redacted(said), MOST_SAID);
        let session = self.sessions.touch(session_id);
        let first = session.counted.insert(part_id);
        if first {
            session.turn.said.add(said, head);
        }
        let Some(stripped) = stripped else { return };
        if first {
            let hidden = &mut session.turn.hidden;
            hidden.leaked_blocks = hidden.leaked_blocks.saturating_add(stripped.blocks);
            hidden.leaked_chars = hidden.leaked_chars.saturating_add(stripped.chars);
            if self.settings.keep_thinking {
                self.keep_thinking(now, session_id, part_id, ("leaked", text.to_owned()), out);
            }
        }
        out.push(Effect::SetText { text: stripped.text });
    }

    pub(super) fn reasoning_ended(
        &mut self,
        now: i64,
        session_id: String,
        ended: Reasoned,
        out: &mut Vec<Effect>,
    ) {
        if self.settings.thinking == Thinking::Show {
            return;
        }
        let Reasoned { message_id, part_id, text, signed, chars } = ended;
        let session = self.sessions.touch(&session_id);
        if !session.counted.insert(&part_id) {
            return;
        }
        let hidden = &mut session.turn.hidden;
        hidden.reasoning_parts = hidden.reasoning_parts.saturating_add(1);
        hidden.reasoning_chars = hidden.reasoning_chars.saturating_add(chars);
        if let Some(text) = text.filter(|_| self.settings.keep_thinking) {
            self.keep_thinking(now, &session_id, &part_id, ("reasoning", text), out);
        }
        if self.settings.thinking != Thinking::Remove {
            return;
        }
        if signed {
            let signed = &mut self.sessions.touch(&session_id).turn.signed;
            if signed.len() < MOST_SIGNED {
                signed.push((message_id, part_id));
            }
        } else {
            out.push(Effect::RemovePart { session_id, message_id, part_id });
        }
    }

    /// Keeps hidden thinking where only who looks for it sees it. Of a text that leaked it, the whole as it was.
    fn keep_thinking(
        &mut self,
        now: i64,
        session_id: &str,
        part_id: &str,
        (origin, text): (&str, String),
        out: &mut Vec<Effect>,
    ) {
        let about = payload! {"part_id": part_id, "origin": origin, "thinking": text};
        self.note(now, session_id, ("thinking", "info", "hidden thinking"), about, out);
    }

    pub(super) fn message_ended(
        &mut self,
        now: i64,
        session_id: &str,
        message_id: &str,
        usage: &MessageUsage,
        error: Option<String>,
        out: &mut Vec<Effect>,
    ) {
        // OpenCode tells of an end that the person made by an event of its own, by the message, or by neither.
        if error.as_deref() == Some(ABORTED) {
            self.aborted(now, session_id, out);
        }
        let session = self.sessions.touch(session_id);
        session.turn.worked = true;
        if session.counted.insert(message_id) {
            session.turn.add(usage);
            session.turn.error = error.or_else(|| session.turn.error.take());
        }
    }
}
