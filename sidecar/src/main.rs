//! `rozet-sidecar`: see `rozet-sidecar --help`.

fn main() -> std::process::ExitCode {
    rozet_sidecar::cli::main()
}
