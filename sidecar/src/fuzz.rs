//! A door for the fuzzer into what nobody else may call.

/// Reads an answer of a planning model as the planner does.
///
/// # Panics
/// When what comes out of it is not a sound plan: too many tasks, an unknown dependency or a cycle, a file outside of
/// the workspace, a task without a check, a text that is not one bounded line.
pub fn plan_reply(answer: &str) {
    crate::planner::soundness::of_answer(answer);
}
