//! `env`.

use super::Context;
use crate::daemon;
use crate::settings::VARIABLES;
use std::process::ExitCode;

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum Shell {
    #[default]
    Bash,
    Zsh,
    Fish,
}

#[derive(clap::Args)]
pub(super) struct Args {
    /// The shell that will read it
    #[arg(long, value_enum, default_value_t)]
    shell: Shell,
}

pub(super) fn run(context: &mut Context, args: &Args) -> anyhow::Result<ExitCode> {
    let running =
        daemon::is_running(&context.folders.pid()).and_then(|_| daemon::read_info(&context.folders));
    let port = |url: &str| url.rsplit_once(':').map(|(_, port)| port.to_owned());
    for variable in VARIABLES.iter().filter(|variable| !variable.secret) {
        let in_use = running.as_ref().and_then(|info| match variable.name {
            "ROZET_OBSERVABILITY_SERVER_PORT" => port(&info.url),
            "ROZET_OBSERVABILITY_CLIENT_PORT" => port(&info.dashboard_url),
            _ => None,
        });
        let set = context.environment.get(variable.name).map(str::to_owned);
        let Some(value) =
            in_use.or(set).or_else(|| (!variable.default.is_empty()).then(|| variable.default.to_owned()))
        else {
            continue;
        };
        context.out.line(&format!("# {}", variable.meaning));
        context.out.line(&assignment(args.shell, variable.name, &value));
    }
    Ok(ExitCode::SUCCESS)
}

fn assignment(shell: Shell, name: &str, value: &str) -> String {
    match shell {
        Shell::Bash | Shell::Zsh => format!("export {name}='{}'", value.replace('\'', r"'\''")),
        Shell::Fish => format!("set -gx {name} '{}'", value.replace('\\', r"\\").replace('\'', r"\'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_the_shell() {
        assert_eq!(assignment(Shell::Bash, "A", "it's $HOME"), r"export A='it'\''s $HOME'");
        assert_eq!(assignment(Shell::Fish, "A", r"it's \n"), r"set -gx A 'it\'s \\n'");
    }
}
