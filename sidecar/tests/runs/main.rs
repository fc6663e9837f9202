//! Plans carried out by the real binary: a real database, real files and processes; only the model follows a script.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod asked;
mod bench;
mod budgets;
mod chaos;
mod command_line;
#[path = "../common/mod.rs"]
mod common;
mod conflicts;
mod editing;
mod http;
mod interrupts;
mod model;
mod pages;
mod processes;
mod providers;
mod secrets;
mod serving;
mod steering;
mod stopping;
mod workers;
