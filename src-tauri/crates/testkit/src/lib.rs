//! Fakes, synthetic media with burnt-in numbers, fault-injecting lake; ends of the performance contracts.

pub mod ends;
