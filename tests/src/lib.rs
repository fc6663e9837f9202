//! The harness of the end-to-end tests, the demo and the benches: a scripted model, a hermetic home, the
//! real OpenCode and the real sidecar.
//!
//! Everything returns errors that say what was seen; nothing sleeps without a condition and a deadline.

pub mod artifacts;
pub mod by_workers;
pub mod faults;
pub mod home;
pub mod main_job;
pub mod measure;
pub mod opencode;
pub mod opencode_server;
pub mod picture;
pub mod process;
pub mod rig;
pub mod scene;
pub mod scripted_model;
pub mod sidecar;
pub mod snapshot;
pub mod stand_in;
pub mod terminal;
pub mod wait;
