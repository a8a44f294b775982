//! What Prometheus answers to an instant query.
//!
//! In: the bytes of an answer. Out: series with finite values, or the [`Remark`] that says why nothing can be relied
//! on. Must not know the bound.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::probe::api::{Api, Reply};
use crate::probe::piece::piece;
use crate::probe::remark::Remark;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    status: String,
    #[serde(default)]
    data: Option<Data>,
    #[serde(default)]
    error_type: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    result: Value,
}

/// One series at the instant of the query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    /// `lag{partition="3"}`; empty where it has no labels.
    pub(super) name: String,
    /// The instant for which it was evaluated, by Prometheus's clock, in seconds.
    pub(super) at: f64,
    pub(super) value: f64,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) series: Vec<Series>,
    pub(super) infos: Vec<String>,
}

/// Reads an answer; `query` is for the words about it.
pub(super) fn read(api: &Api<'_>, reply: &Reply, query: &str) -> Result<Answer, Remark> {
    // A query that is refused comes with a status of its own, and says why in JSON.
    let refused = matches!(reply.status, 400 | 422 | 503);
    let envelope: Envelope = match serde_json::from_slice(&reply.body) {
        Ok(envelope) if refused || (200..=299).contains(&reply.status) => envelope,
        Err(error) if (200..=299).contains(&reply.status) => return Err(api.unreadable(reply, &error)),
        _ => return Err(api.odd(reply, &format!("answers {}", reply.status))),
    };
    if envelope.status != "success" {
        let why = format!("refuses the query: {}: {}", piece(&envelope.error_type), piece(&envelope.error));
        return Err(Remark::cannot_tell(format!("Prometheus {why}"))
            .more(format!("query: {}", piece(query)))
            .remedy("mend the query, or what Prometheus says of it"));
    }
    if let Some(warning) = envelope.warnings.first() {
        let more = envelope.warnings.iter().skip(1).take(4).map(|warning| piece(warning));
        let mut remark =
            Remark::cannot_tell(format!("Prometheus warns of its own answer: {}", piece(warning)))
                .remedy("see that every part of the monitoring that the query reads answers");
        remark.more = more.collect();
        return Err(remark);
    }
    let Some(data) = envelope.data else {
        return Err(api.odd(reply, "answers without data"));
    };
    let series = match data.result_type.as_str() {
        "vector" => vector(&data.result),
        "scalar" => sample(&data.result).map(|(at, value)| vec![(String::new(), at, value)]),
        other => {
            let line = format!("Prometheus gives a {}, which has no one value now", piece(other));
            return Err(Remark::cannot_tell(line)
                .more(format!("query: {}", piece(query)))
                .remedy("write a query that gives one value a series: no range, no text"));
        }
    };
    let Some(series) = series else {
        return Err(api.odd(reply, "gives values that can't be read"));
    };
    let mut finite = Vec::with_capacity(series.len());
    for (name, at, value) in series {
        let value = value.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| {
            let of = if name.is_empty() { piece(query) } else { name.clone() };
            Remark::cannot_tell(format!("{of} is {}, which is no number", piece(&value)))
                .remedy("find out why it has no value: a division by nothing, or a broken exporter")
        })?;
        finite.push(Series { name, at, value });
    }
    Ok(Answer { series: finite, infos: envelope.infos.iter().take(4).map(|info| piece(info)).collect() })
}

fn vector(result: &Value) -> Option<Vec<(String, f64, String)>> {
    #[derive(Deserialize)]
    struct Item {
        metric: BTreeMap<String, String>,
        value: Value,
    }
    let items = result.as_array()?;
    items
        .iter()
        .map(|item| {
            // A histogram has no `value`, and nothing that a bound could be held against.
            let item = Item::deserialize(item).ok()?;
            let (at, value) = sample(&item.value)?;
            Some((name(&item.metric), at, value))
        })
        .collect()
}

/// `[1435781451.781, "1"]`
fn sample(value: &Value) -> Option<(f64, String)> {
    let [at, value] = value.as_array()?.as_slice() else { return None };
    Some((at.as_f64()?, value.as_str()?.to_owned()))
}

fn name(labels: &BTreeMap<String, String>) -> String {
    let mut name = labels.get("__name__").cloned().unwrap_or_default();
    let rest: Vec<String> = labels
        .iter()
        .filter(|(label, _)| *label != "__name__")
        .take(20)
        .map(|(label, value)| format!("{label}={value:?}"))
        .collect();
    if !rest.is_empty() {
        name.push_str(&format!("{{{}}}", rest.join(", ")));
    }
    piece(&name)
}
