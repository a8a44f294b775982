//! Words in values that name an environment.
//!
//! In: a value and the environment that it is configured in. Out: the place of the first whole word that names another
//! one. Letters inside other words never count: `producer`, `device`, `stagecoach`.

use std::collections::BTreeMap;
use std::ops::Range;

use super::innocent::{self, Site};
use super::words::{self, Strength, WORDS};
use crate::config::EnvironmentRule;

/// A word in a value that names another environment than the value's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignMarker {
    /// As written.
    pub marker: String,
    /// The environment that it names.
    pub environment: String,
    /// Byte offsets into the value.
    pub range: Range<usize>,
}

/// An environment that a sentence names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub environment: String,
    /// Byte offsets into the sentence.
    pub range: Range<usize>,
}

/// An environment that the name of a thing names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub environment: String,
    /// As written.
    pub word: String,
    /// It may well mean something else: `dev-portal`.
    pub innocent: bool,
    /// A word that names an environment in some places only: `test`, `live`.
    pub weak: bool,
}

/// Every word that names an environment in values, by its first token.
#[derive(Debug, Clone, Default)]
pub(super) struct Markers(BTreeMap<String, Vec<Marker>>);

#[derive(Debug, Clone)]
struct Marker {
    tokens: Vec<String>,
    environment: String,
    /// A usual word for an environment, not one that this repository made up (`platform`).
    usual: bool,
}

/// A marker that stands in a text.
struct Found<'a> {
    marker: &'a Marker,
    range: Range<usize>,
}

impl Markers {
    pub(super) fn compile(rules: &[EnvironmentRule]) -> Self {
        let mut markers = Self::default();
        for rule in rules {
            for text in rule.markers.iter().chain([&rule.name]) {
                let usual = words::canonical(text).is_some();
                let lower = text.to_ascii_lowercase();
                let tokens = words::tokens(&lower).into_iter().filter_map(|range| lower.get(range));
                markers.add(tokens.map(str::to_owned).collect(), &rule.name, usual);
            }
        }
        for word in WORDS.iter().filter(|word| word.strength == Strength::Strong) {
            let named = rules.iter().find(|rule| words::canonical(&rule.name) == Some(word.environment));
            // A config that lists markers for an environment says which words name it.
            if named.is_none_or(|rule| rule.markers.is_empty()) {
                let environment = named.map_or(word.environment, |rule| &rule.name);
                markers.add(word.tokens.iter().map(|token| (*token).to_owned()).collect(), environment, true);
            }
        }
        for list in markers.0.values_mut() {
            list.sort_by_key(|marker| std::cmp::Reverse(marker.tokens.len()));
        }
        markers
    }

    /// Adds a marker unless another environment claimed the same word before.
    fn add(&mut self, tokens: Vec<String>, environment: &str, usual: bool) {
        let Some(first) = tokens.first() else { return };
        let list = self.0.entry(first.clone()).or_default();
        if !list.iter().any(|known| known.tokens == tokens) {
            list.push(Marker { tokens, environment: environment.to_owned(), usual });
        }
    }

    /// All markers of a text, the longest at each place.
    fn find(&self, text: &str) -> Vec<Found<'_>> {
        let lower = text.to_ascii_lowercase();
        let tokens = words::tokens(&lower);
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(range) = tokens.get(at) {
            let token = lower.get(range.clone()).unwrap_or_default();
            let found = [token, words::without_number(token)]
                .into_iter()
                .filter_map(|token| self.0.get(token))
                .flatten()
                .filter_map(|marker| {
                    let window = tokens.get(at..at + marker.tokens.len())?;
                    marker.stands_at(&lower, window).map(|range| Found { marker, range })
                })
                .max_by_key(|found| found.marker.tokens.len());
            at += found.as_ref().map_or(1, |found| found.marker.tokens.len());
            out.extend(found);
        }
        out
    }

    /// `known` are further environments that the value may name.
    pub(super) fn foreign(
        &self,
        key: &str,
        value: &str,
        own: &str,
        known: &[String],
    ) -> Option<ForeignMarker> {
        let found = self.find(value);
        let strange = |name: &String| name != own && !known.contains(name);
        found.iter().filter(|site| strange(&site.marker.environment)).find_map(|site| {
            let place = Site::new(key, value, site.range.clone(), &site.marker.environment, own);
            let near = found.partition_point(|other| other.range.end <= place.word().start);
            let own_word_beside = found
                .iter()
                .skip(near)
                .take_while(|other| other.range.start < place.word().end)
                .any(|other| other.marker.environment == own && other.marker.usual);
            let own_word_beside = own_word_beside || names_weakly(value, place.word(), own);
            if own_word_beside || innocent::is_innocent(&place) || site.marker.names_key(key) {
                return None;
            }
            Some(ForeignMarker {
                marker: value.get(site.range.clone()).unwrap_or_default().to_owned(),
                environment: site.marker.environment.clone(),
                range: site.range.clone(),
            })
        })
    }

    /// All of a name's words count; one that is innocent in a value is only less certain here.
    pub(super) fn named(&self, name: &str) -> Vec<Named> {
        let named = |site: Found<'_>| {
            let environment = &site.marker.environment;
            let place = Site::new("", name, site.range.clone(), environment, environment);
            Named {
                environment: environment.clone(),
                word: name.get(site.range.clone()).unwrap_or_default().to_owned(),
                innocent: innocent::is_innocent_in_prose(&place),
                weak: false,
            }
        };
        self.find(name).into_iter().map(named).collect()
    }

    pub(super) fn mentions(&self, text: &str) -> Vec<Mention> {
        self.find(text)
            .into_iter()
            .filter(|site| site.marker.usual)
            .filter(|site| {
                let environment = &site.marker.environment;
                let place = Site::new("", text, site.range.clone(), environment, environment);
                !innocent::is_innocent_in_prose(&place)
            })
            .map(|site| Mention { environment: site.marker.environment.clone(), range: site.range })
            .collect()
    }
}

/// Whether a word of a value holds one that names an environment in paths alone: `test`, `live`.
fn names_weakly(value: &str, word: &Range<usize>, environment: &str) -> bool {
    let lower = value.get(word.clone()).unwrap_or_default().to_ascii_lowercase();
    let own = words::canonical(environment);
    own.is_some()
        && words::hits(&lower, &words::tokens(&lower)).iter().any(|hit| Some(hit.environment) == own)
}

impl Marker {
    /// The marker's range, where the tokens of a window are its tokens with nothing but one separator between them.
    fn stands_at(&self, lower: &str, window: &[Range<usize>]) -> Option<Range<usize>> {
        let last = self.tokens.len() - 1;
        for (at, (known, range)) in self.tokens.iter().zip(window).enumerate() {
            let token = lower.get(range.clone())?;
            if token != known && !(at == last && words::without_number(token) == known) {
                return None;
            }
        }
        let joined = window.iter().zip(window.iter().skip(1)).all(|(one, next)| next.start - one.end == 1);
        let (first, end) = (window.first()?, window.last()?);
        joined.then_some(first.start..end.end)
    }

    /// A key that names the environment itself (`staging_api`, `devDomain`) announces what its value holds.
    fn names_key(&self, key: &str) -> bool {
        // Nobody names an environment behind the first words of a key; without a bound, long keys cost squared time.
        let key: String = key.chars().take(128).collect();
        let parted: String = key
            .chars()
            .flat_map(|character| character.is_uppercase().then_some('_').into_iter().chain([character]))
            .collect();
        [&key, &parted].into_iter().any(|key| {
            let lower = key.to_ascii_lowercase();
            let tokens = words::tokens(&lower);
            let [only] = self.tokens.as_slice() else { return false };
            tokens.len() > 1 && tokens.into_iter().any(|range| lower.get(range) == Some(only))
        })
    }
}
