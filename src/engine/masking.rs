//! Takes secret values out of the texts that findings point into and out of what is said, before any renderer sees them.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Evaluation, Understanding};
use crate::change::ReadError;
use crate::check::World;
use crate::facts::{FileFacts, Reading};
use crate::finding::{Finding, Label};
use crate::source::{
    Origin, Redaction, SourceFile, Span, looks_secret_name, secrets_by_look, secrets_by_name, veiled,
};

/// Masks a finished evaluation, whatever was said or pointed at on the way.
pub(super) fn mask(evaluation: &mut Evaluation, world: &World<'_>) -> Result<(), ReadError> {
    let mut masking = Masking { world, masked: HashMap::new() };
    let found = evaluation.findings.iter_mut().chain(&mut evaluation.existing).chain(&mut evaluation.fixed);
    let waived = evaluation.waived.iter_mut().map(|waived| &mut waived.judged);
    let overridden = evaluation.overridden.iter_mut().map(|overridden| &mut overridden.judged);
    for judged in found.chain(waived).chain(overridden) {
        masking.finding(&mut judged.finding)?;
    }
    for item in &mut evaluation.unjudged {
        veil(&mut item.reason);
        match &mut item.at {
            // What nobody could read is not quoted at all.
            Some(label) if label.redact => {
                veil(&mut label.text);
                label.source = masked(&label.source, &[Span::new(0, label.source.text().len())]);
            }
            Some(label) => masking.label(label)?,
            None => {}
        }
    }
    for waived in &mut evaluation.waived {
        veil(&mut waived.waiver.reason);
    }
    for overridden in &mut evaluation.overridden {
        veil(&mut overridden.reason);
        veil(&mut overridden.approved_by);
    }
    evaluation.notes.iter_mut().for_each(veil);
    for file in &mut evaluation.coverage.in_scope {
        match &mut file.understanding {
            Understanding::Partly(reasons) => reasons.iter_mut().for_each(veil),
            Understanding::Not(reason) => veil(reason),
            Understanding::Parsed | Understanding::Removed => {}
        }
    }
    Ok(())
}

fn veil(text: &mut String) {
    if let std::borrow::Cow::Owned(other) = veiled(text) {
        *text = other;
    }
}

/// Replaces the sources of labels by masked ones, each text masked once.
struct Masking<'a> {
    world: &'a World<'a>,
    /// By address; the source itself is kept with it, so that no other can come to lie there.
    masked: HashMap<*const SourceFile, (Arc<SourceFile>, Arc<SourceFile>)>,
}

impl Masking<'_> {
    fn finding(&mut self, finding: &mut Finding) -> Result<(), ReadError> {
        veil(&mut finding.message);
        finding.remedy.iter_mut().for_each(veil);
        self.label(&mut finding.primary)?;
        for label in &mut finding.related {
            self.label(label)?;
        }
        Ok(())
    }

    fn label(&mut self, label: &mut Label) -> Result<(), ReadError> {
        veil(&mut label.text);
        let key = Arc::as_ptr(&label.source);
        let whole = match self.masked.get(&key) {
            Some((_, known)) => known.clone(),
            None => {
                let whole = masked(&label.source, &self.secrets(&label.source)?);
                self.masked.insert(key, (label.source.clone(), whole.clone()));
                whole
            }
        };
        // One label may point at a value that is secret only there.
        let own = if label.redact { vec![label.span] } else { Vec::new() };
        label.source = masked(&whole, &own);
        Ok(())
    }

    /// Where a text holds what nobody may see: what the facts say of it, what looks like it, and where nobody understood
    /// the text, what its names announce.
    fn secrets(&self, source: &Arc<SourceFile>) -> Result<Vec<Span>, ReadError> {
        let mut spans = secrets_by_look(source.text());
        let mut understood = false;
        if let Origin::File(path) = source.origin() {
            for snapshot in [self.world.base, self.world.head] {
                if let Reading::Facts(facts) = snapshot.reading(path)?
                    && (Arc::ptr_eq(&facts.source, source) || facts.source.text() == source.text())
                {
                    understood = facts.gaps.is_empty() && !facts.settings.is_empty();
                    spans.extend(secret_spans(&facts));
                }
            }
        }
        if !understood {
            spans.extend(secrets_by_name(source.text()));
        }
        Ok(spans)
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
