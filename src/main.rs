//! The `huntc` command.

fn main() -> std::process::ExitCode {
    huntc::main()
}
