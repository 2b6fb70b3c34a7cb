//! What a process uses, as the kernel tells.

use nix::{
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};
use std::{fs, time::Duration};

/// CPU time that all its threads have used, those that have ended too, as the scheduler counts it; 0 when it is gone.
pub fn cpu_time(id: u32) -> Duration {
    let clock = clock_getcpuclockid(Pid::from_raw(id.cast_signed()));
    clock
        .and_then(clock_gettime)
        .map_or(Duration::ZERO, Duration::from)
}

/// Resident memory.
pub fn memory_kib(id: u32) -> u64 {
    status(id, "VmRSS:")
}

/// Threads.
pub fn threads(id: u32) -> i64 {
    status(id, "Threads:") as i64
}

/// Open descriptors.
pub fn descriptors(id: u32) -> i64 {
    fs::read_dir(format!("/proc/{id}/fd")).map_or(0, |entries| entries.count() as i64)
}

fn status(id: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
