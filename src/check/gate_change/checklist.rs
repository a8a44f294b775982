//! The go/no-go checklist: what is asked no more, and what asks for less.
//!
//! The file is compared as it is written. What its words mean is known further down the flow; that an item is gone, or
//! that a bound of it is another, shows without that.

use std::collections::BTreeMap;

use super::{Sides, Weaker};
use crate::document::{Format, Node, parse};
use crate::finding::Label;
use crate::source::{SourceFile, Span};

/// Keys of the whole list that let more through as they grow.
const GROWING: [(&[&str], &str); 2] = [
    (&["off"], "leaves out a built-in item"),
    (&["probes", "private"], "lets probes reach another private address"),
];

/// What an item says when it can't be told, from strict to lax.
const ON_ERROR: [&str; 3] = ["no-go", "ask", "warn"];

pub(super) fn weaker(sides: &Sides) -> Vec<Weaker> {
    let Some(before) = &sides.before else { return Vec::new() };
    let Ok(old) = parse(before, Format::Toml) else { return Vec::new() };
    let lost =
        |what: String| vec![Weaker::new(what, Label::new(before, Span::default(), "what was asked here"))];
    let Some(after) = &sides.after else { return lost(sides.loss("the go/no-go checklist")) };
    let Ok(new) = parse(after, Format::Toml) else {
        return lost("the go/no-go checklist can't be read any more".to_owned());
    };
    let (Some(old), Some(new)) = (old.roots.first(), new.roots.first()) else { return Vec::new() };
    let mut found = Vec::new();
    items(before, old, after, new, &mut found);
    for (path, what) in GROWING {
        let had = words(old.at(path));
        for (word, span) in words(new.at(path)) {
            if !had.iter().any(|(known, _)| *known == word) {
                found.push(Weaker::new(
                    format!("the checklist {what}: `{word}`"),
                    Label::new(after, span, "this is new"),
                ));
            }
        }
    }
    let says_no = |node: &Node| node.get("built-in").and_then(Node::scalar).as_deref() == Some("false");
    if says_no(new) && !says_no(old) {
        let span = new.get("built-in").map_or_else(Span::default, |node| node.span);
        found.push(Weaker::new(
            "the checklist leaves out every built-in item",
            Label::new(after, span, "this is new"),
        ));
    }
    for (role, people) in roles(new) {
        let had = roles(old).remove(&role);
        for (name, span) in people {
            if had.as_ref().is_some_and(|had| !had.iter().any(|(known, _)| *known == name)) {
                let mut more = Weaker::new(
                    format!("`{name}` may answer for `{role}`"),
                    Label::new(after, span, "this is new"),
                );
                more.mild = true;
                found.push(more);
            }
        }
    }
    found
}

/// Items by family and id: gone, laxer, or with other words.
fn items(before: &SourceFileRef, old: &Node, after: &SourceFileRef, new: &Node, found: &mut Vec<Weaker>) {
    for family in ["evidence", "confirmation"] {
        let now = by_id(new, family);
        for (id, item) in by_id(old, family) {
            let Some(other) = now.get(&id) else {
                let label = Label::new(before, id_span(item), "this is asked no more");
                found.push(Weaker::new(format!("the checklist asks `{id}` no more"), label));
                continue;
            };
            let at = id_span(other);
            let lax = |node: &Node| {
                let word = node.get("on-error").and_then(Node::as_str).unwrap_or("no-go");
                ON_ERROR.iter().position(|known| *known == word).unwrap_or_default()
            };
            if lax(other) > lax(item) {
                let span = other.get("on-error").map_or(at, |node| node.span);
                let what = format!("`{id}` of the checklist lets through what can't be told");
                found.push(Weaker::new(what, Label::new(after, span, "this is laxer than it was")));
            }
            let differs = |key: &str| item.get(key).map(said) != other.get(key).map(said);
            for key in [
                "probe",
                "max-age",
                "when",
                "environments",
                "services",
                "fails-for",
                "not-author",
                "wants-words",
                "role",
            ] {
                if differs(key) {
                    let span = other.entry(key).map_or(at, |entry| entry.key.span);
                    let mut changed = Weaker::new(
                        format!("`{id}` of the checklist has another `{key}`"),
                        Label::new(after, span, "this was otherwise"),
                    );
                    changed.mild = true;
                    found.push(changed);
                }
            }
        }
    }
}

type SourceFileRef = std::sync::Arc<SourceFile>;

fn by_id<'a>(root: &'a Node, family: &str) -> BTreeMap<String, &'a Node> {
    let items = root.get(family).map_or(&[][..], Node::items);
    items.iter().filter_map(|item| Some((item.get("id")?.as_str()?.to_owned(), item))).collect()
}

fn id_span(item: &Node) -> Span {
    item.get("id").map_or(item.span, |id| id.span)
}

/// What a value says, however it is written and wherever it stands.
fn said(node: &Node) -> String {
    let entries = node.entries().iter().map(|entry| format!("{}={}", entry.key.value, said(&entry.value)));
    let mut parts: Vec<String> = entries.collect();
    parts.sort();
    parts.extend(node.items().iter().map(said));
    parts.extend(node.scalar().map(|scalar| format!("{scalar:?}")));
    format!("({})", parts.join(","))
}

fn words(node: Option<&Node>) -> Vec<(String, Span)> {
    let items = node.map_or(&[][..], Node::items);
    items.iter().filter_map(|item| Some((item.as_str()?.to_owned(), item.span))).collect()
}

fn roles(root: &Node) -> BTreeMap<String, Vec<(String, Span)>> {
    let roles = root.get("role").map_or(&[][..], Node::entries);
    roles.iter().map(|role| (role.key.value.clone(), words(role.value.get("people")))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    const LIST: &str = "[role.lead]\npeople = [\"lead@example.org\"]\n\n[[evidence]]\nid = \"lag\"\n[evidence.probe.prometheus]\nurl = \"https://p.example.org\"\nquery = \"lag\"\nat-most = 100\n\n[[confirmation]]\nid = \"told\"\nrole = \"lead\"\nquestion = \"Were they told?\"\n";

    fn file(text: &str) -> std::sync::Arc<SourceFile> {
        SourceFile::new(Origin::File(".deploy-guard/checklist.toml".into()), text.to_owned())
    }

    /// What is found, with whether it is mild and what stands at its place.
    fn found(after: Option<&str>) -> Vec<(String, bool, String)> {
        let sides = Sides { before: Some(file(LIST)), after: after.map(file), unreadable: None };
        let weaker = weaker(&sides).into_iter();
        weaker
            .map(|weaker| (weaker.what, weaker.mild, weaker.label.source.slice(weaker.label.span).to_owned()))
            .collect()
    }

    #[test]
    fn an_item_that_is_gone_or_laxer_is_a_loosening() {
        let gone = LIST.split("[[confirmation]]").next().unwrap();
        assert_eq!(
            found(Some(gone)),
            [("the checklist asks `told` no more".to_owned(), false, "\"told\"".to_owned())]
        );
        let lax = LIST.replace("id = \"lag\"\n", "id = \"lag\"\non-error = \"warn\"\n");
        let only = found(Some(&lax)).remove(0);
        assert_eq!((only.1, only.2.as_str()), (false, "\"warn\""));
        assert!(found(None)[0].0.contains("taken away"));
        assert!(found(Some("x = ["))[0].0.contains("can't be read"));
        assert!(!found(Some(&format!("built-in = false\n{LIST}")))[0].1);
        assert!(!found(Some(&format!("off = [\"release\"]\n{LIST}")))[0].1);
        assert!(!found(Some(&format!("{LIST}[probes]\nprivate = [\"10.0.0.0/8\"]\n")))[0].1);
    }

    #[test]
    fn another_bound_or_another_person_is_worth_a_look() {
        for after in
            [LIST.replace("100", "5000"), LIST.replace("\"lead@example.org\"", "\"lead@example.org\", \"x\"")]
        {
            let found = found(Some(&after));
            assert!(found.len() == 1 && found[0].1, "{found:?}");
        }
    }

    #[test]
    fn asking_more_and_formatting_are_nobodys_business() {
        assert!(found(Some(LIST)).is_empty());
        assert!(found(Some(&format!("# why\n{}", LIST.replace("\n\n", "\n\n\n")))).is_empty());
        let more =
            format!("{LIST}\n[[confirmation]]\nid = \"more\"\nrole = \"lead\"\nquestion = \"More?\"\n");
        assert!(found(Some(&more)).is_empty());
    }
}
