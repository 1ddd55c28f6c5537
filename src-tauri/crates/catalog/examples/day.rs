//! Measures a working day at the desk with many proposals: `cargo run -p catalog --example day -- 100000`.

#[path = "../../ledger/tests/it/world.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod world;

#[path = "../tests/it/things.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod things;

#[path = "../tests/it/day.rs"]
#[expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a measurement prints what it finds, and says where it cannot go on"
)]
mod day;

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok());
    day::a_day_with(count.unwrap_or(100_000));
}
