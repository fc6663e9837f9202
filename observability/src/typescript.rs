//! The TypeScript declarations of the words. Both the npm package and the dashboard import the one file
//! that is printed from here.

use crate::{ask, event, link, plan, reading, run, session};
use ts_rs::{Config, TS};

/// Prints `export` declarations for every type that crosses into JavaScript.
#[must_use]
pub fn declarations() -> String {
    let config = Config::default();
    let mut out = String::new();
    macro_rules! declare {
        ($($name:ty),* $(,)?) => { $( push(&mut out, &<$name as TS>::decl(&config), <$name as TS>::docs()); )* };
    }
    declare!(
        event::Event,
        event::StoredEvent,
        event::EventBatch,
        event::BatchAck,
        event::Rejection,
        plan::Plan,
        plan::PlanOrigin,
        plan::Usage,
        plan::Task,
        plan::TaskStatus,
        plan::WaitsFor,
        plan::WaitsForKind,
        plan::Check,
        plan::CheckOutcome,
        plan::Claim,
        plan::Evidence,
        link::PlanRequest,
        link::PlanAccepted,
        link::PlanCancelled,
        link::LinkFrame,
        link::OpenCodeCall,
        link::CallMethod,
        link::CallAnswer,
        link::SidecarInfo,
        run::Run,
        run::WorkerKind,
        run::RunStatus,
        run::RunLimits,
        run::Attempt,
        run::AttemptOutcome,
        run::FileChange,
        run::FileState,
        run::RunRequest,
        run::PlanDraft,
        run::TaskDraft,
        run::PlanEdit,
        run::BudgetChange,
        run::RunView,
        run::TaskView,
        run::RunProgress,
        run::RunNotice,
        reading::ProducerHealth,
        session::SessionSummary,
        session::SessionState,
        reading::EventPage,
        reading::SessionPage,
        reading::ReaderFrame,
        reading::SessionView,
        reading::SessionNode,
        reading::Span,
        reading::SpanKind,
        reading::SpanOutcome,
        reading::SessionUsage,
        reading::UsageSum,
        reading::UsageLine,
        reading::SessionAt,
        reading::TaskAt,
        reading::RunningTool,
        reading::Stats,
        reading::DayCount,
        reading::NameCount,
        ask::Ask,
        ask::AskKind,
        ask::AskQuestion,
        ask::AskOption,
        ask::AskState,
        ask::AskList,
        ask::AskReply,
        ask::AskAnswer,
        reading::Activity,
        reading::ActivityLine,
        reading::History,
        reading::HistoryBy,
        reading::HistoryRow,
        reading::TaskPage,
        reading::LeaseView,
        reading::TaskFile,
        reading::TaskFileChange,
        reading::UndoState,
        reading::Undone,
        reading::RestoredFile,
        reading::RestoreAction,
        reading::Health,
        reading::StoreHealth,
        reading::Durability,
        reading::SandboxStatus,
        reading::Mechanism,
        reading::Forwarded,
        reading::ProcessHealth,
        reading::EventRates,
        reading::Retention,
        reading::Component,
        reading::ComponentName,
        reading::Degraded,
        reading::Spool,
    );
    out
}

/// Prints the tools of workers as a TypeScript constant, in the words and the order of their one source.
#[must_use]
pub fn tools() -> String {
    format!("export const TOOLS = {} as const;\n", run::TOOLS.trim())
}

/// Appends one declaration with its doc comment.
pub fn push(out: &mut String, declaration: &str, docs: Option<String>) {
    if let Some(docs) = docs {
        out.push_str(&docs);
    }
    out.push_str("export ");
    out.push_str(declaration);
    out.push_str("\n\n");
}
