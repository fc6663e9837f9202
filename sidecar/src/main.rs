//! `rozet-sidecar`: see `rozet-sidecar --help`.

/// Many small pieces of JSON come and go on every thread: the system's allocator would be an eighth of the work.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    rozet_sidecar::cli::main()
}
