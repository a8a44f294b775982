//! deploy-guard judges a **change** to deploy configuration — what it adds, alters and takes away — against lessons from
//! real incidents, and explains its verdict.
//!
//! The modules stand in the order of the flow, and each imports only from those above it:
//!
//! ```text
//! git objects, index, work tree
//!    │ change::read_change             git2 stops in change/read.rs, git in change/command
//!    ▼
//!  Change ─ files of both sides, commits, who asks
//!    │ document::parse                 format crates stop in document/
//!    ▼
//!  Document ─ nodes with byte spans
//!    │ facts::extract                  formats stop mattering
//!    ▼
//!  FileFacts of base and head ─ facts::delta: what the change did, by identity
//!    │                  policies/*.toml ── policy::Catalogue
//!    ▼                                        │
//!  engine::evaluate ◄──── check::Kind ◄───────┘
//!    ▼
//!  Evaluation ─ findings · waived · overridden · unjudged · coverage
//!    │ verdict::decide
//!    ▼
//!  Verdict ─► report::{terminal, json, sarif, gitlab, junit}
//!    │            probe::Kind ── what the world says      record ── what was decided, and stays
//!    ▼                 ▼                                     ▲
//!  checklist ── evidence and answers ── Decision ────────────┘
//!    ▼
//!  Board ─► board::{terminal, markdown, json, html}
//! ```
//!
//! [`gate`] walks this way once: it takes the rules from the side that may decide, judges, and hands the result on.
//! Everything works with no config at all.

pub mod source;

pub mod env;

pub mod http;

pub mod calendar;

pub mod config;

pub mod change;

pub mod pipeline;

pub mod document;

pub mod facts;

pub mod finding;

pub mod check;

pub mod policy;

pub mod engine;

pub mod verdict;

pub mod gate;

pub mod examples;

pub mod report;

pub mod record;

pub mod probe;

pub mod checklist;

pub mod board;

pub mod scenario;

pub mod cli;
