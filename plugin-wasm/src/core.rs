//! The state machine: one input in, the effects of it out.

mod asks;
mod claims;
mod conversation;
mod endings;
mod history;
mod planning;
mod running;
mod tools;

use crate::effect::{Effect, NoticeLevel};
use crate::facts::{About, Facts, Payload, cut, payload};
use crate::input::{Envelope, Input, Settings, Start};
use crate::session::Sessions;
use rozet_observability::PROTOCOL_VERSION;
use rozet_observability::event::EventKind;
use rozet_observability::link::LinkFrame;

/// The most of a reason that a notice carries, in bytes.
const MOST_REASON: usize = 200;

/// The brain of one OpenCode process.
#[derive(Debug)]
pub struct Core {
    facts: Facts,
    sessions: Sessions,
    settings: Settings,
    directory: String,
    version: String,
    /// OpenCode's version, once it is known.
    host_version: Option<String>,
    told: Told,
}

/// What the person was told already: nothing is said twice.
#[derive(Debug, Default)]
struct Told {
    degraded: bool,
    other_protocol: bool,
}

impl Core {
    /// Starts without sessions; numbers go on after `last_seq`.
    #[must_use]
    pub fn new(start: Start) -> Self {
        Self {
            facts: Facts::new(start.producer, start.last_seq),
            sessions: Sessions::default(),
            settings: start.settings,
            directory: start.directory,
            version: start.version,
            host_version: None,
            told: Told::default(),
        }
    }

    /// Takes one input in, and says what is to be done, in order.
    #[must_use]
    pub fn handle(&mut self, envelope: Envelope) -> Vec<Effect> {
        let now = envelope.now;
        let mut out = Vec::new();
        match envelope.input {
            Input::Prompt(prompt) => self.prompt(now, prompt, &mut out),
            Input::System { session_id, may_wait } => {
                if let Some(session_id) = session_id {
                    self.system(now, &session_id, may_wait, &mut out);
                }
            }
            Input::Params(params) => self.params(&params, &mut out),
            Input::TextComplete { session_id, part_id, text } => {
                self.text_complete(now, &session_id, &part_id, &text, &mut out);
            }
            Input::ToolBefore { session_id, call_id, tool, args } => {
                self.tool_before(now, &session_id, &call_id, &tool, args, &mut out);
            }
            Input::ToolAfter { session_id, call_id, tool, args, title, output, output_length, exit } => {
                let ended = tools::Ended { call_id, tool, args, title, output, output_length, exit };
                self.tool_after(now, &session_id, ended, &mut out);
            }
            Input::ToolFailed { session_id, call_id, tool, error } => {
                self.tool_failed(now, &session_id, &call_id, &tool, &error, &mut out);
            }
            Input::ReasoningEnded { session_id, message_id, part_id, text, signed, chars } => {
                let ended = conversation::Reasoned { message_id, part_id, text, signed, chars };
                self.reasoning_ended(now, session_id, ended, &mut out);
            }
            Input::MessageEnded { session_id, message_id, usage, error } => {
                self.message_ended(now, &session_id, &message_id, &usage, error, &mut out);
            }
            Input::SessionCreated { session_id, parent_id, title } => {
                self.session_created(now, &session_id, parent_id, title, &mut out);
            }
            Input::SessionIdle { session_id } => self.session_idle(now, &session_id, &mut out),
            Input::SessionDeleted { session_id } => self.session_deleted(now, &session_id, &mut out),
            Input::Aborted { session_id } => self.aborted(now, &session_id, &mut out),
            Input::Asked { session_id, details } => self.asked(now, &session_id, details, &mut out),
            Input::Answered { session_id, ask_id, answer } => {
                self.answered(now, &session_id, &ask_id, &answer, &mut out);
            }
            Input::Todos { session_id, todos } => self.todos(now, &session_id, &todos, &mut out),
            Input::TaskTool { session_id, args } => self.task_tool(now, &session_id, &args, &mut out),
            Input::TaskVerdict { session_id, task_id } => self.task_verdict(&session_id, &task_id, &mut out),
            Input::Reverted { session_id, message_id } => {
                self.reverted(now, &session_id, message_id.as_deref(), &mut out);
            }
            Input::MessageRemoved { session_id, message_id } => {
                self.message_removed(now, &session_id, &message_id, &mut out);
            }
            Input::Compacted { session_id } => self.compacted(now, &session_id, &mut out),
            Input::Degraded { session_id, what, hook } => {
                self.degraded(now, &session_id, &what, &hook, &mut out);
            }
            Input::HostVersion { version } => self.host_version = Some(version),
            Input::Compacting { session_id } => {
                self.emit(now, &session_id, EventKind::PreCompact, payload! {}, &mut out);
                self.tell(&session_id, &mut out);
            }
            Input::Link { frame } => self.link(now, frame, &mut out),
            Input::PlanUnavailable { session_id, plan_id, reason } => {
                self.plan_unavailable(now, &session_id, &plan_id, &reason, &mut out);
            }
            Input::RunUnavailable { session_id, reason } => {
                self.run_unavailable(now, &session_id, &reason, &mut out);
            }
            Input::SidecarUnreachable { reason } => self.tell_degraded(&reason, &mut out),
            Input::Dispose { overhead } => self.dispose(now, &overhead, &mut out),
        }
        out
    }

    fn link(&mut self, now: i64, frame: LinkFrame, out: &mut Vec<Effect>) {
        match frame {
            LinkFrame::Hello { version, protocol } => {
                if protocol != PROTOCOL_VERSION && !self.told.other_protocol {
                    self.told.other_protocol = true;
                    let message = format!(
                        "Rozet's sidecar is version {version}, the plugin {}: they do not speak the same protocol. \
                         Update both to the same version, then run `rozet-sidecar restart`.",
                        self.version
                    );
                    out.push(Effect::Notice { level: NoticeLevel::Warning, message });
                }
            }
            LinkFrame::Plan { plan } => self.plan_arrived(now, plan, out),
            LinkFrame::Task { plan_id, session_id, task } => {
                if let Some(session) = self.sessions.get(&session_id) {
                    session.take_task(&plan_id, task);
                }
            }
            LinkFrame::Run { run } => self.run_told(run, out),
            // Calls are the adapter's, which has OpenCode's client.
            LinkFrame::Call { .. } | LinkFrame::Resync => {}
        }
    }

    /// Says once what is missing and what to do; a sidecar that is there but busy or broken is not "not running".
    fn tell_degraded(&mut self, reason: &str, out: &mut Vec<Effect>) {
        // A sidecar of another version was named already, and with it what to do.
        if !self.told.degraded && !self.told.other_protocol {
            self.told.degraded = true;
            let message = format!(
                "Rozet is degraded: {}. Events are kept and sent later. Start the sidecar with `rozet-sidecar up`, or \
                 see `rozet-sidecar status`.",
                cut(reason, MOST_REASON)
            );
            out.push(Effect::Notice { level: NoticeLevel::Warning, message });
        }
    }

    /// OpenCode does not do what the plugin relies on: said on the spot, and kept as a fact.
    fn degraded(&mut self, now: i64, session_id: &str, what: &str, hook: &str, out: &mut Vec<Effect>) {
        let version = self.host_version.clone();
        let host = version.as_deref().unwrap_or("this version");
        let message = format!("degraded: {what}, because OpenCode {host} does not call `{hook}`");
        let hint =
            "Update Rozet and OpenCode to versions that go together; `rozet-sidecar doctor` tells more.";
        let about = payload! {"what": what, "hook": hook, "hint": hint, "opencode_version": version};
        self.note(now, session_id, ("degraded", "warning", &message), about, out);
        out.push(Effect::Notice {
            level: NoticeLevel::Warning,
            message: format!("Rozet is {message}. {hint}"),
        });
    }

    /// Emits a fact about a session, after its `SessionStart` if that was still missing.
    fn emit(&mut self, now: i64, session_id: &str, kind: EventKind, payload: Payload, out: &mut Vec<Effect>) {
        self.ensure_started(now, session_id, None, out);
        let model = self.sessions.get(session_id).and_then(|session| session.model.clone());
        let about = About { session_id, model: model.as_deref(), now };
        out.push(self.facts.emit(&about, kind, payload));
    }

    fn ensure_started(&mut self, now: i64, session_id: &str, agent: Option<&str>, out: &mut Vec<Effect>) {
        let session = self.sessions.touch(session_id);
        let payload = payload! {
            "directory": self.directory.as_str(),
            "agent": agent,
            "model": session.model.as_deref(),
            "parent_id": session.parent_id.as_deref(),
            "title": session.title.as_deref(),
            "plugin_version": self.version.as_str(),
            "opencode_version": self.host_version.as_deref(),
        };
        let model = session.model.clone();
        if self.sessions.start(session_id) {
            let about = About { session_id, model: model.as_deref(), now };
            out.push(self.facts.emit(&about, EventKind::SessionStart, payload));
        }
    }
}

#[cfg(test)]
mod tests;
