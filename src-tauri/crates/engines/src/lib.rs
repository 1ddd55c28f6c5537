//! Machines that propose: one trait per capability, on-device implementations.
