//! The loop: the model speaks, its tools are called, until it speaks without calling any.

use super::tools::Tools;
use super::{asking, context};
use crate::provider::{ChatModel, Conversation, MAX_TURN_TOKENS, Pending, Said, ToolCall, ToolResult, Turn};
use crate::spend::{Prices, priced, tokens_of};
use crate::tools::ToolError;
use crate::worker::activity::line;
use crate::worker::{Job, Report, Stopped, statement};
use futures_util::StreamExt as _;
use futures_util::stream;
use rozet_observability::plan::Usage;

/// Calls that run at once.
const AT_ONCE: usize = 4;
/// Calls of one turn that are made; the rest is answered with a refusal.
const MAX_CALLS: usize = 16;
/// Turns with neither a word nor a call that are borne.
const EMPTY_TURNS: u32 = 2;
/// When the model is told that its turns run out.
const LAST_TURNS: u32 = 3;

const CUT_OFF: &str =
    "Your turn was too long and was cut off. Go on in smaller steps: write long files in several calls.";
const EMPTY: &str = "You said nothing. Go on with a tool call, or, if the task is done, state what you did.";

/// Works until the model makes its claim, or something stops it.
pub(super) async fn work(
    job: &Job,
    model: &dyn ChatModel,
    tools: &dyn Tools,
    mut conversation: Conversation,
) -> Result<Report, Stopped> {
    let name = model.name();
    let mut meter = Meter { job, model: &name, total: Usage::default() };
    let mut empty = 0;
    for step in 1..=job.settings.max_steps {
        context::fit(&mut conversation);
        job.overseer.activity(format!("thinking (turn {step})"));
        let (said, paid) = meter.ask(model, &mut conversation).await?;
        let statement = statement(&said.text);
        if said.calls.is_empty() && !said.cut_off && !statement.is_empty() {
            // Whether the budget is over now is no matter: the work is done, and its claim costs nothing to check.
            return Ok(Report { statement, usage: meter.total, model: Some(name) });
        }
        paid?;
        if !said.calls.is_empty() {
            let mut results = call_all(job, tools, &said.calls).await?;
            warn(&mut results, job.settings.max_steps - step);
            conversation.turns.push(Turn::Model(said));
            conversation.turns.push(Turn::Tools(results));
            continue;
        }
        empty += 1;
        if empty > EMPTY_TURNS {
            return Err(Stopped::Stuck("the model neither calls a tool nor says that it is done".into()));
        }
        let note = if said.cut_off { CUT_OFF } else { EMPTY };
        // A turn without content is none that a provider takes back.
        if !said.text.is_empty() {
            conversation.turns.push(Turn::Model(said));
        }
        conversation.turns.push(Turn::Person(note.to_owned()));
    }
    let steps = job.settings.max_steps;
    Err(Stopped::Stuck(format!("it used up its {steps} turns without finishing; see `workers.max_steps`")))
}

/// What the attempt has used.
struct Meter<'a> {
    job: &'a Job,
    model: &'a str,
    total: Usage,
}

impl Meter<'_> {
    /// The next turn, and whether there is budget left after it.
    async fn ask(
        &mut self,
        model: &dyn ChatModel,
        conversation: &mut Conversation,
    ) -> Result<(Said, Result<(), Stopped>), Stopped> {
        match asking::ask(model, conversation).await {
            Ok(said) => {
                let usage = self.counted(&said, conversation);
                let paid = self.add(usage);
                Ok((said, paid))
            }
            Err(error) => {
                if error.may_have_cost() {
                    // The answer was lost, not refused: it counts as the longest that it may have been.
                    let usage = Usage {
                        input_tokens: conversation.tokens(),
                        output_tokens: u64::from(MAX_TURN_TOKENS),
                        ..Usage::default()
                    };
                    self.add(usage)?;
                }
                Err(error.into())
            }
        }
    }

    /// A provider that does not count is counted for.
    fn counted(&self, said: &Said, conversation: &Conversation) -> Usage {
        if said.usage.input_tokens > 0 || said.usage.output_tokens > 0 {
            return said.usage;
        }
        Usage {
            input_tokens: conversation.tokens(),
            output_tokens: tokens_of(&said.text) + tokens_of(&format!("{:?}", said.calls)),
            ..said.usage
        }
    }

    fn add(&mut self, usage: Usage) -> Result<(), Stopped> {
        self.total.add(&priced(usage, self.model, &Prices::new(&self.job.settings.budget.prices)));
        self.job.overseer.spent(self.total, Some(self.model))
    }
}

/// Calls the tools in the order of the turn; neighbours that only read run at once.
async fn call_all(job: &Job, tools: &dyn Tools, calls: &[ToolCall]) -> Result<Vec<ToolResult>, Stopped> {
    let mut results = Vec::with_capacity(calls.len());
    let (made, refused) = calls.split_at(calls.len().min(MAX_CALLS));
    for batch in made.chunk_by(|one, next| tools.only_reads(&one.name) && tools.only_reads(&next.name)) {
        let pending: Vec<Pending<'_, Result<String, Stopped>>> = batch
            .iter()
            .map(|call| Box::pin(call_one(job, tools, call)) as Pending<'_, Result<String, Stopped>>)
            .collect();
        let mut outcomes = stream::iter(pending).buffered(AT_ONCE);
        let mut calls = batch.iter();
        while let Some(outcome) = outcomes.next().await {
            let output = outcome?;
            let Some(call) = calls.next() else { break };
            job.overseer.stepped(&told(call), &output)?;
            results.push(result(call, output));
        }
    }
    results.extend(refused.iter().map(|call| {
        result(call, format!("error: not called, because a turn may have {MAX_CALLS} calls; call it again"))
    }));
    Ok(results)
}

/// What the model is to read of a call; only the end of the work is an error here.
async fn call_one(job: &Job, tools: &dyn Tools, call: &ToolCall) -> Result<String, Stopped> {
    let arguments = match &call.arguments {
        Ok(arguments) => arguments,
        Err(why) => return Ok(format!("error: {why}")),
    };
    job.overseer.activity(line(&call.name, Some(arguments)));
    match tools.call(&call.name, arguments, &job.tools).await {
        Ok(output) => {
            if let Some(sandboxed) = output.sandboxed {
                job.overseer.ran(sandboxed);
            }
            Ok(output.output)
        }
        Err(ToolError::Cancelled) => Err(Stopped::Cancelled),
        Err(error) => Ok(format!("error: {error}")),
    }
}

fn told(call: &ToolCall) -> String {
    match &call.arguments {
        Ok(arguments) => format!("{} {arguments}", call.name),
        Err(_) => format!("{} with unreadable arguments", call.name),
    }
}

fn result(call: &ToolCall, output: String) -> ToolResult {
    ToolResult { id: call.id.clone(), name: call.name.clone(), output }
}

fn warn(results: &mut [ToolResult], left: u32) {
    if (1..=LAST_TURNS).contains(&left)
        && let Some(last) = results.last_mut()
    {
        let turns = if left == 1 { "1 turn is" } else { &format!("{left} turns are") };
        last.output.push_str(&format!("\n[{turns} left: finish, then state what you did.]"));
    }
}
