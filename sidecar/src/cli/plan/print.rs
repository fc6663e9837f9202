//! A plan, for people.

use crate::cli::{Context, output};
use crate::spend;
use rozet_observability::plan::Plan;

/// Prints the plan, task by task.
pub(in crate::cli) fn print(context: &mut Context, plan: &Plan) {
    let origin = match (&plan.reason, &plan.model) {
        (None, Some(model)) => format!("by {model}"),
        (Some(reason), _) => format!("by the built-in planner: {reason}"),
        (None, None) => plan.origin.as_str().to_owned(),
    };
    let title = context.out.bold(&output::plain(&plan.summary));
    context.out.line(&title);
    let spent = spend::told(&plan.usage);
    context.out.line(&format!(
        "{} in {} ms, {}{spent}",
        plan.plan_id,
        plan.latency_ms,
        output::plain(&origin)
    ));
    for task in &plan.tasks {
        let after = match task.depends_on.as_slice() {
            [] => String::new(),
            ids => format!(" (after {})", ids.join(", ")),
        };
        context.out.line(&format!(
            "\n{} {}{after}",
            context.out.bold(&task.task_id),
            output::plain(&task.description)
        ));
        if !task.files.is_empty() {
            context.out.line(&format!("   files: {}", output::plain(&task.files.join(", "))));
        }
        for check in &task.checks {
            context.out.line(&format!("   check: {}", output::plain(&check.describe())));
        }
    }
}
