//! Tells what says something from what only fills a field.

/// Whole texts that say nothing, compared without case, marks and punctuation around them.
const EMPTY_TALK: [&str; 44] = [
    "tbd",
    "tba",
    "tbc",
    "todo",
    "fixme",
    "xxx",
    "x",
    "n/a",
    "na",
    "n.a",
    "none",
    "nil",
    "null",
    "nothing",
    "no",
    "yes",
    "ok",
    "same",
    "same as above",
    "see above",
    "see below",
    "as above",
    "as usual",
    "the usual",
    "standard",
    "not applicable",
    "not needed",
    "not required",
    "not available",
    "later",
    "will follow",
    "to follow",
    "pending",
    "to be done",
    "to be defined",
    "to be determined",
    "to be decided",
    "to be confirmed",
    "placeholder",
    "someone",
    "anyone",
    "somebody",
    "if needed",
    "if necessary",
];

/// A text that begins with one of these is a note to oneself.
const NOTES: [&str; 4] = ["tbd", "todo", "fixme", "tba"];

/// Words that turn "revert" into a sentence and add nothing to it.
const FILLERS: [&str; 26] = [
    "a",
    "and",
    "as",
    "back",
    "can",
    "change",
    "changes",
    "deploy",
    "deployment",
    "git",
    "if",
    "is",
    "it",
    "just",
    "necessary",
    "needed",
    "please",
    "release",
    "required",
    "simply",
    "the",
    "this",
    "to",
    "usual",
    "we",
    "will",
];

const UNDOING: [&str; 9] =
    ["revert", "reverted", "reverting", "rollback", "roll", "rolling", "undo", "redeploy", "backout"];

/// Says whether a text stands where an answer should and is none.
pub fn is_placeholder(text: &str) -> bool {
    let bare = text.trim_matches(|character: char| {
        character.is_whitespace()
            || matches!(character, '*' | '_' | '`' | '"' | '\'' | '.' | '…' | '!' | '?' | '-')
            || matches!(
                character,
                '–' | '—' | ':' | ';' | ',' | '(' | ')' | '/' | '~' | '=' | '#' | '>' | '|'
            )
    });
    // What ends in a colon announces an answer.
    if bare.is_empty() || text.trim_end_matches(['*', '_', ' ', '\t']).ends_with(':') || has_hole(text) {
        return true;
    }
    let lower = bare.to_lowercase();
    if EMPTY_TALK.contains(&lower.as_str()) || (bare.starts_with('[') && bare.ends_with(']')) {
        return true;
    }
    let mut words =
        lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.clone().next().unwrap_or_default();
    if NOTES.contains(&first) {
        return true;
    }
    let mut undoing = false;
    let only_undoing = words.all(|word| {
        undoing |= UNDOING.contains(&word);
        UNDOING.contains(&word) || FILLERS.contains(&word)
    });
    only_undoing && undoing
}

/// Markup that stands in angle brackets and is no hole.
const TAGS: [&str; 20] = [
    "a", "b", "br", "code", "details", "div", "em", "hr", "i", "img", "kbd", "li", "ol", "p", "pre",
    "strong", "sub", "summary", "sup", "ul",
];

/// `<the previous image>`, but neither an address nor markup nor a shell's redirection.
fn has_hole(text: &str) -> bool {
    const LONGEST: usize = 160;
    text.match_indices('<').take(64).any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or_default();
        let Some(end) = rest.find(['<', '>']) else { return false };
        let inner = rest.get(..end).unwrap_or_default();
        let closed = rest.get(end..).is_some_and(|rest| rest.starts_with('>'));
        let tag = inner.trim_matches('/').split([' ', '/']).next().unwrap_or_default().to_ascii_lowercase();
        closed
            && inner.len() <= LONGEST
            && inner.starts_with(|first: char| first.is_alphabetic())
            && !inner.ends_with(char::is_whitespace)
            && !inner.contains(['@', '='])
            && !inner.contains("://")
            && !TAGS.contains(&tag.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn what_only_fills_a_field_is_a_placeholder() {
        for text in [
            "",
            " ",
            "-",
            "--",
            "—",
            "…",
            "...",
            "?",
            "TBD",
            "tbd.",
            "*TBD*",
            "TODO",
            "TODO: write this",
            "TBD by ops",
            "N/A",
            "n/a.",
            "na",
            "none",
            "None.",
            "`none`",
            "revert",
            "Revert.",
            "git revert",
            "rollback",
            "roll back",
            "Roll back the deployment",
            "revert the change if needed",
            "we will just revert it",
            "see above",
            "(see above)",
            "<steps>",
            "<who rolls back>",
            "kubectl set image deployment/web web=<previous image>",
            "[owner]",
            "someone",
            "- [ ]",
            "\"\"",
            "undo",
            "If something goes wrong:",
            "**Rollback notes/link:**",
        ] {
            assert!(is_placeholder(text), "{text:?}");
        }
    }

    #[test]
    fn what_says_something_is_none() {
        for text in [
            "git revert 1a2b3c && argocd app sync shop",
            "kubectl rollout undo deployment/web -n shop",
            "helm rollback web 12",
            "Revert this PR and wait for Argo CD",
            "Revert PR #12",
            "error rate above 1 % for 5 minutes",
            "latency p99 > 300ms",
            "errors <5 and >3",
            "psql shop < down.sql > log.txt",
            "psql <down.sql >log.txt",
            "On-call of team web <oncall@example.com>",
            "see <https://wiki.example.com/rollback>",
            "line<br>line",
            "@team-web",
            "[runbook](https://wiki.example.com/rollback)",
            "team-web",
            "No. 3 on the rota",
            "redeploy image 1.4.7",
            "scale the new one to zero",
            "回滚到 1.2",
        ] {
            assert!(!is_placeholder(text), "{text:?}");
        }
    }
}
