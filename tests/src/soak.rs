//! Tells stories until the time is up, and says what came of it.

#![expect(clippy::print_stdout, reason = "it prints what it found")]

use crate::model::{Failure, Story, Tally, shrink, tell, tell_aloud};
use clap::Parser;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a failing story may be shortened.
const SHRINK_TIME_MAX: Duration = Duration::from_secs(300);
/// How often it is said how far it has come.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// What the soak can be told.
#[derive(Debug, Parser)]
#[command(about = "Tells random stories until the time is up; a story that fails is one number")]
pub struct Options {
    /// Minutes to go on for.
    #[arg(long, env = "SOAK_MINUTES", default_value_t = 60)]
    pub minutes: u64,
    /// The first story's number; the next ones follow.
    #[arg(long, env = "SOAK_SEED", default_value_t = 0)]
    pub seed: u64,
    /// Stories to tell at most.
    #[arg(long, env = "SOAK_STORIES", default_value_t = u64::MAX)]
    pub stories: u64,
    /// Stories told side by side; as many as there are cores if nothing is said.
    #[arg(long)]
    pub threads: Option<usize>,
    /// Prints the story instead of telling it.
    #[arg(long)]
    pub print: bool,
    /// Tells one story aloud: what people do, and what the office decides.
    #[arg(long)]
    pub aloud: bool,
    /// Leaves failing stories as long as they are.
    #[arg(long)]
    pub unshortened: bool,
}

#[derive(Default)]
struct Score {
    stories: u64,
    tally: Tally,
    failures: Vec<(Story, Failure)>,
    said: Duration,
}

/// Tells stories; says whether all went well.
#[must_use]
pub fn run(options: &Options) -> bool {
    if options.print {
        println!("{}", Story::of(options.seed));
        return true;
    }
    if options.aloud {
        let told = tell_aloud(&Story::of(options.seed));
        if let Err(failure) = &told {
            println!("FAILS at {failure}");
        }
        return told.is_ok();
    }
    let (start, time) = (Instant::now(), Duration::from_secs(options.minutes.saturating_mul(60)));
    let (next, score) = (AtomicU64::new(0), Mutex::new(Score::default()));
    let threads = options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while start.elapsed() < time {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= options.stories {
                        break;
                    }
                    let story = Story::of(options.seed.saturating_add(number));
                    let told = tell(&story);
                    note(&mut score.lock().unwrap_or_else(std::sync::PoisonError::into_inner), story, told, start.elapsed());
                }
            });
        }
    });
    let score = score.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    report(options, &score, start.elapsed());
    score.failures.is_empty()
}

fn note(score: &mut Score, story: Story, told: Result<Tally, Failure>, elapsed: Duration) {
    score.stories += 1;
    match told {
        Ok(tally) => score.tally.add(&tally),
        Err(failure) => {
            println!("story {} FAILS: {failure}", story.seed);
            score.failures.push((story, failure));
        }
    }
    if elapsed.saturating_sub(score.said) > SAY_EVERY {
        score.said = elapsed;
        println!("{} minutes: {} stories, {} failed", elapsed.as_secs() / 60, score.stories, score.failures.len());
    }
}

fn report(options: &Options, score: &Score, took: Duration) {
    let Score { stories, tally, failures, .. } = score;
    let per_minute = stories.saturating_mul(60) / took.as_secs().max(1);
    println!("{stories} schedules explored from seed {}, {per_minute} stories a minute", options.seed);
    println!(
        "{} steps, {} edits and actions done, {} refused on the phone, {} merges looked at",
        tally.steps, tally.done, tally.refused, tally.merges
    );
    println!("decisions by rule:");
    for (rule, count) in &tally.decisions {
        println!("  {rule}: {count}");
    }
    println!("records by type:");
    for (kind, count) in &tally.created {
        println!("  {kind}: {count}");
    }
    println!("salvaged:");
    for (name, count) in &tally.salvaged {
        println!("  {name}: {count}");
    }
    println!("actions by type:");
    for ((kind, action), count) in &tally.acted {
        println!("  {kind} {action}: {count}");
    }
    if failures.is_empty() {
        println!("no story failed");
        return;
    }
    let numbers: Vec<String> = failures.iter().map(|(story, failure)| format!("{} ({})", story.seed, failure.code)).collect();
    println!("{} stories FAILED: {}", failures.len(), numbers.join(", "));
    if options.unshortened {
        return;
    }
    if let Some((story, failure)) = failures.first() {
        let (shorter, failure) = shrink(story, failure, SHRINK_TIME_MAX);
        println!("the first one shortened fails at {failure}\n{shorter}");
        println!("what happens in it:");
        let _same = tell_aloud(&shorter);
    }
}
