//! What can happen to the core. The clock comes with every input; nothing here is read from outside.

use rozet_observability::link::LinkFrame;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the adapter knows when it starts the core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Start {
    /// This process, `<source>.<pid>.<random>`; names its spool file.
    pub producer: String,
    /// The last `seq` that this producer has already used: 0, or more after a fresh core replaced a broken one.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub last_seq: u64,
    /// The workspace, an absolute path.
    pub directory: String,
    /// The plugin's version.
    pub version: String,
    /// What the person set.
    pub settings: Settings,
}

/// What the person may set of the core's behaviour; every field has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default)]
pub struct Settings {
    /// What becomes of the model's thinking.
    pub thinking: Thinking,
    /// Whether events carry the thinking that was hidden, so that it can be looked at afterwards.
    pub keep_thinking: bool,
    /// Whether prompts are planned at all.
    pub plan: bool,
    /// How long the first step of a turn may wait for its plan, in milliseconds; 0 never waits.
    pub plan_wait_ms: u32,
    /// Whether workers carry plans out; the sidecar's setting decides when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub execute: Option<bool>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            thinking: Thinking::Hide,
            keep_thinking: false,
            plan: true,
            plan_wait_ms: 1_500,
            execute: None,
        }
    }
}

/// What becomes of the model's thinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Thinking {
    /// The provider is asked not to send it, and leaked tags are stripped from text.
    Hide,
    /// As `hide`; besides, what came all the same is deleted once it has ended, and goes back to no model.
    Remove,
    /// Left as it comes.
    Show,
}

/// One thing that happened, with the time of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Envelope {
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub now: i64,
    /// The thing.
    pub input: Input,
}

/// The things that can happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Input {
    /// Hook `chat.message`.
    Prompt(Prompt),
    /// Hook `experimental.chat.system.transform`.
    System {
        /// The session whose model is about to be called; none for calls outside a session.
        session_id: Option<String>,
        /// False when the adapter has already waited for the plan in this call.
        may_wait: bool,
    },
    /// Hook `chat.params`.
    Params(Params),
    /// Hook `experimental.text.complete`.
    TextComplete {
        /// The session.
        session_id: String,
        /// The part, so that a repeated call counts once.
        part_id: String,
        /// The whole text.
        text: String,
    },
    /// Hook `tool.execute.before`.
    ToolBefore {
        /// The session.
        session_id: String,
        /// The call.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// Its arguments; long strings may be cut by the adapter.
        #[cfg_attr(feature = "ts", ts(type = "Record<string, unknown>"))]
        args: Map<String, Value>,
    },
    /// Hook `tool.execute.after`.
    ToolAfter {
        /// The session.
        session_id: String,
        /// The call.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// Its arguments; long strings may be cut by the adapter.
        #[cfg_attr(feature = "ts", ts(type = "Record<string, unknown>"))]
        args: Map<String, Value>,
        /// What OpenCode shows as its title.
        title: String,
        /// The output's head and tail; the adapter may cut the middle.
        output: String,
        /// Length of the whole output, in UTF-16 units.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        output_length: u64,
        /// Exit code of a command, when the tool ran one.
        exit: Option<i32>,
    },
    /// Event `message.part.updated` of a tool call that failed: the hook `tool.execute.after` is skipped then.
    ToolFailed {
        /// The session.
        session_id: String,
        /// The call.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// What OpenCode says went wrong.
        error: String,
    },
    /// Event `message.part.updated` of a reasoning part that has ended.
    ReasoningEnded {
        /// The session.
        session_id: String,
        /// The message that it is a part of.
        message_id: String,
        /// The part, so that a repeated event counts once.
        part_id: String,
        /// The text, cut by the adapter; only where it is to be kept.
        text: Option<String>,
        /// Whether the provider signed it: it wants such thinking back until the turn is over.
        signed: bool,
        /// Length of the hidden text, in UTF-16 units.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        chars: u64,
    },
    /// Event `message.updated` of an assistant message that has ended.
    MessageEnded {
        /// The session.
        session_id: String,
        /// The message, so that a repeated event counts once.
        message_id: String,
        /// What it used.
        usage: MessageUsage,
        /// The error's name, when the turn broke.
        error: Option<String>,
    },
    /// Event `session.created`.
    SessionCreated {
        /// The session.
        session_id: String,
        /// Its parent, for a child session.
        parent_id: Option<String>,
        /// Its title.
        title: String,
    },
    /// Event `session.idle`.
    SessionIdle {
        /// The session.
        session_id: String,
    },
    /// Event `session.deleted`.
    SessionDeleted {
        /// The session.
        session_id: String,
    },
    /// Event `session.error` of a turn that the person ended.
    Aborted {
        /// The session.
        session_id: String,
    },
    /// Event `permission.asked` or `question.asked`.
    Asked {
        /// The session.
        session_id: String,
        /// What is asked, with its `ask_id`; bounded by the adapter.
        #[cfg_attr(feature = "ts", ts(type = "Record<string, unknown>"))]
        details: Map<String, Value>,
    },
    /// Event `permission.replied`, `question.replied` or `question.rejected`.
    Answered {
        /// The session.
        session_id: String,
        /// What was asked.
        ask_id: String,
        /// The answer, such as `once`.
        answer: String,
    },
    /// Event `todo.updated`: OpenCode's own list.
    Todos {
        /// The session.
        session_id: String,
        /// Every entry.
        todos: Vec<Todo>,
    },
    /// Our tool `rozet_task` was called.
    TaskTool {
        /// The session.
        session_id: String,
        /// The arguments as the model gave them.
        #[cfg_attr(feature = "ts", ts(type = "Record<string, unknown>"))]
        args: Map<String, Value>,
    },
    /// The tool `rozet_task` asks what became of a claim.
    TaskVerdict {
        /// The session.
        session_id: String,
        /// The task.
        task_id: String,
    },
    /// Event `session.updated`: the conversation from a message on is set aside, or, without one, is no longer.
    Reverted {
        /// The session.
        session_id: String,
        /// The first message that is set aside.
        message_id: Option<String>,
    },
    /// Event `message.removed`.
    MessageRemoved {
        /// The session.
        session_id: String,
        /// The message.
        message_id: String,
    },
    /// Event `session.compacted`.
    Compacted {
        /// The session.
        session_id: String,
    },
    /// OpenCode does not do what the plugin relies on, as far as the adapter can see; said once for each `what`.
    Degraded {
        /// The session in which it showed.
        session_id: String,
        /// What does not work, such as `thinking is not stripped from text`.
        what: String,
        /// The hook that was not called.
        hook: String,
    },
    /// The version of the OpenCode that this is.
    HostVersion {
        /// Such as `1.18.33`.
        version: String,
    },
    /// Event `session.compacted` is about to happen: hook `experimental.session.compacting`.
    Compacting {
        /// The session.
        session_id: String,
    },
    /// A frame came over the link.
    Link {
        /// The frame.
        frame: LinkFrame,
    },
    /// The sidecar could not be asked for a plan, or its answer made no sense.
    PlanUnavailable {
        /// The session.
        session_id: String,
        /// The plan asked for.
        plan_id: String,
        /// Why, in words for a person.
        reason: String,
    },
    /// Workers could not be started, or the sidecar's answer made no sense.
    RunUnavailable {
        /// The session.
        session_id: String,
        /// Why, in words for a person.
        reason: String,
    },
    /// Events cannot be handed over, for the first time since they could.
    SidecarUnreachable {
        /// Why, in words for a person.
        reason: String,
    },
    /// OpenCode is closing.
    Dispose {
        /// What the adapter measured of itself.
        overhead: Overhead,
    },
}

/// A prompt, as the hook `chat.message` sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Prompt {
    /// The session.
    pub session_id: String,
    /// The user's message.
    pub message_id: String,
    /// OpenCode's agent, when given.
    pub agent: Option<String>,
    /// The model as `provider/model`, when given.
    pub model: Option<String>,
    /// The text parts that the person wrote, joined by newlines; synthetic parts left out.
    pub text: String,
    /// Names of attached files.
    pub files: Vec<String>,
    /// The session's parent, when the adapter knows it.
    pub parent_id: Option<String>,
}

/// What the hook `chat.params` knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Params {
    /// The session.
    pub session_id: String,
    /// OpenCode's agent.
    pub agent: String,
    /// The provider's id in OpenCode.
    pub provider_id: String,
    /// The model's id in OpenCode.
    pub model_id: String,
    /// The AI SDK package that speaks to it, such as `@ai-sdk/openai-compatible`.
    pub npm: String,
    /// Whether OpenCode lists the model as one that reasons.
    pub reasoning: bool,
    /// The options as they stand, OpenCode's own defaults among them.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, unknown>"))]
    pub options: Map<String, Value>,
    /// What the person's configuration says of the model.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, unknown>"))]
    pub configured: Map<String, Value>,
}

/// An entry of OpenCode's own list of what is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Todo {
    /// What is to be done.
    pub content: String,
    /// `pending`, `in_progress`, `completed` or `cancelled`.
    pub status: String,
}

/// Tokens and cost of one assistant message, as OpenCode counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default)]
pub struct MessageUsage {
    /// Tokens sent, without cached ones.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub input_tokens: u64,
    /// Tokens received, without reasoning.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub output_tokens: u64,
    /// Reasoning tokens.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub reasoning_tokens: u64,
    /// Tokens read from a cache.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub cache_read_tokens: u64,
    /// Tokens written to a cache.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub cache_write_tokens: u64,
    /// US dollars.
    pub cost_usd: f64,
}

/// What Rozet cost OpenCode, measured by the adapter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default)]
pub struct Overhead {
    /// From the factory's call to its return, in milliseconds, wasm included.
    pub factory_ms: f64,
    /// Per hook: calls, total and longest, without bounded waits.
    pub hooks: Vec<HookOverhead>,
    /// Time spent waiting for plans in `system.transform`, in milliseconds.
    pub plan_wait_ms: f64,
    /// Times that a fresh core replaced a broken one.
    pub core_restarts: u32,
    /// Times that a hook was cut off or caught.
    pub hook_faults: u32,
}

/// What one hook cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct HookOverhead {
    /// The hook's name.
    pub hook: String,
    /// How often it ran.
    pub calls: u32,
    /// All its runs together, in milliseconds.
    pub total_ms: f64,
    /// The longest run, in milliseconds.
    pub max_ms: f64,
}
