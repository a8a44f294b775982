//! Takes secret values out of the texts that findings point into, before any renderer sees them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::change::ReadError;
use crate::check::World;
use crate::facts::{FileFacts, Reading};
use crate::finding::Label;
use crate::source::{Origin, Redaction, SourceFile, Span, looks_secret_name};

/// Replaces the sources of labels by masked ones, each text masked once.
#[derive(Default)]
pub(super) struct Masking {
    masked: HashMap<*const SourceFile, Arc<SourceFile>>,
}

impl Masking {
    pub(super) fn apply(&mut self, world: &World<'_>, label: &mut Label) -> Result<(), ReadError> {
        let key = Arc::as_ptr(&label.source);
        if let Some(known) = self.masked.get(&key) {
            // One label may point at a value that is secret only there.
            let own = if label.redact { vec![label.span] } else { Vec::new() };
            label.source = masked(known, &own);
            return Ok(());
        }
        let mut spans = match label.source.origin() {
            Origin::File(path) => {
                let mut spans = Vec::new();
                for snapshot in [world.base, world.head] {
                    if let Reading::Facts(facts) = snapshot.reading(path)?
                        && Arc::ptr_eq(&facts.source, &label.source)
                    {
                        spans.extend(secret_spans(&facts));
                    }
                }
                spans
            }
            Origin::Commit(_) | Origin::PullRequest => Vec::new(),
        };
        let whole = masked(&label.source, &spans);
        self.masked.insert(key, whole.clone());
        spans.clear();
        if label.redact {
            spans.push(label.span);
        }
        label.source = masked(&whole, &spans);
        Ok(())
    }
}

fn masked(source: &Arc<SourceFile>, spans: &[Span]) -> Arc<SourceFile> {
    if spans.is_empty() {
        return source.clone();
    }
    SourceFile::new(source.origin().clone(), Redaction::mask(source, spans))
}

/// Where a file holds what nobody may see.
fn secret_spans(facts: &FileFacts) -> Vec<Span> {
    facts
        .settings
        .iter()
        .filter(|setting| setting.is_secret() || looks_secret_name(&setting.key.value))
        .map(|setting| setting.span)
        .collect()
}
