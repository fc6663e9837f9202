//! Plans carried out: a durable state machine over runs, tasks and attempts.

mod actor;
mod announce;
mod attempt;
mod budget;
mod control;
mod draft;
mod edit;
mod holder;
mod judge;
mod live;
mod outcome;
mod oversight;
mod page;
mod permission;
mod report;
mod shared;
mod slots;
mod start;
#[cfg(test)]
mod tests;
mod undo;
mod watch;
mod writes;

pub(crate) use control::RunError;
pub(crate) use draft::DraftFault;
pub(crate) use edit::EditError;
pub(crate) use shared::{Adopted, Coordinator};

use rozet_observability::run::Attempt;

/// Names an attempt as the owner of leases.
fn owner(attempt: &Attempt) -> String {
    format!("{}/{}/{}", attempt.run_id, attempt.task_id, attempt.number)
}

/// The owner of a lease, in words for a person.
pub(crate) fn owner_words(owner: &str) -> String {
    let mut parts = owner.split('/');
    match (parts.next(), parts.next()) {
        (Some(run_id), Some(task_id)) => format!("{task_id} of {run_id}"),
        _ => owner.to_owned(),
    }
}
