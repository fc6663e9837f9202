//! The native half of Rozet: planner, event store, verification, dashboard server and command line.

mod asks;
pub mod cli;
mod clock;
mod daemon;
mod export;
mod folders;
mod forward;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod http;
mod identity;
mod intake;
mod opencode;
mod planner;
mod presence;
mod provider;
mod reader;
mod runs;
mod sandbox;
mod settings;
mod spend;
mod tools;
mod verify;
mod worker;
