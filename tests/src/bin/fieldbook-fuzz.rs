//! Throws mutated inputs at one of the places where bytes of a stranger come in; for machines without cargo-fuzz.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it prints what it found")]

use clap::Parser;
use fieldbook_tests::fuzz;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What the mutator can be told.
#[derive(Debug, Parser)]
#[command(about = "Runs the kept inputs of a fuzz target and mutations of each; a panic is a finding")]
struct Options {
    /// The target: frame, admission or document; all of them if nothing is said.
    targets: Vec<String>,
    /// Seconds to go on for, for each target.
    #[arg(long, env = "FUZZ_SECONDS", default_value_t = 60)]
    seconds: u64,
    /// Mutations of each input in one round.
    #[arg(long, default_value_t = 50)]
    mutations: u64,
    /// The first round's dice; the next rounds follow.
    #[arg(long, env = "FUZZ_SEED", default_value_t = 1)]
    seed: u64,
    /// The most memory it may ever hold, in MB.
    #[arg(long, default_value_t = 512)]
    memory_mb: u64,
}

/// The most memory this process ever held, where the system tells.
fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().split(' ').next()?.parse::<u64>().ok().map(|kb| kb / 1024)
}

fn main() -> ExitCode {
    let options = Options::parse();
    let named: Vec<&str> = options.targets.iter().map(String::as_str).collect();
    for target in if named.is_empty() { fuzz::TARGETS.to_vec() } else { named } {
        let corpus = match fuzz::corpus(target) {
            Ok(corpus) => corpus,
            Err(error) => {
                eprintln!("error: the inputs of {target}: {error}; targets are {}", fuzz::TARGETS.join(", "));
                return ExitCode::FAILURE;
            }
        };
        let (start, mut seed, mut runs) = (Instant::now(), options.seed, 0);
        while start.elapsed() < Duration::from_secs(options.seconds) || runs == 0 {
            runs += fuzz::run(target, &corpus, options.mutations, seed).values().sum::<u64>();
            seed += 1;
        }
        println!("{target}: {runs} runs in {:.0?}, rounds {} to {}", start.elapsed(), options.seed, seed - 1);
    }
    let Some(peak) = peak_mb() else { return ExitCode::SUCCESS };
    println!("at most {peak} MB were held");
    if peak > options.memory_mb {
        eprintln!("error: that is more than {} MB", options.memory_mb);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
