//! The daemon: started in written phases, stopped in written phases.

mod info;
mod lock;
mod log_file;
mod port;
mod run;
mod shutdown;
mod vitals;

pub(crate) use info::read_info;
pub(crate) use lock::is_running;
pub(crate) use run::{Options, run};
pub(crate) use vitals::Vitals;
