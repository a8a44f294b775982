//! The `[calendar]` table as it is written, before it means anything.

use serde::Deserialize;
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use toml::Spanned;

/// `[calendar]`. Take it as `Option<Spanned<RawCalendar>>`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawCalendar {
    pub zone: Option<Spanned<String>>,
    /// `None`: the built-in week. `[]`: no weekly windows at all.
    pub deny: Option<Spanned<Vec<Spanned<RawWindow>>>>,
    #[serde(default)]
    pub freeze: Vec<Spanned<RawFreeze>>,
    #[serde(default)]
    pub holidays: Vec<Spanned<Written>>,
    #[serde(default)]
    pub day_before_holiday: bool,
}

/// A window of every week.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawWindow {
    /// `None`: every day.
    pub days: Option<Spanned<Vec<Spanned<String>>>>,
    /// `None`: from midnight.
    pub from: Option<Spanned<Written>>,
    /// `None`: to midnight.
    pub to: Option<Spanned<Written>>,
}

/// A window with dates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFreeze {
    pub from: Spanned<Written>,
    pub to: Spanned<Written>,
    pub reason: Option<String>,
}

/// A date or time, in quotes or as TOML's own type: `"15:00"`, `15:00:00`, `2026-12-18`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written(pub String);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Written;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a date or a time")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Written, E> {
                Ok(Written(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
                toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))
                    .map(|written| Written(written.to_string()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}
