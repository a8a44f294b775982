//! A page out of whole parts, as many as there is room for.
//!
//! In: sections of items. Out: text under the limit, in which no item is cut. Knows nothing of what the parts say.

/// How long a page may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    Bytes(usize),
    Characters(usize),
}

impl Limit {
    const fn most(self) -> usize {
        match self {
            Self::Bytes(most) | Self::Characters(most) => most,
        }
    }

    fn size(self, text: &str) -> usize {
        match self {
            Self::Bytes(_) => text.len(),
            Self::Characters(_) => text.chars().count(),
        }
    }
}

/// Items under a head. Each part ends with its own line break.
pub(crate) struct Section {
    pub(crate) head: String,
    pub(crate) items: Vec<String>,
    /// What closes it.
    pub(crate) tail: &'static str,
    /// What the items are called: one, and many.
    pub(crate) names: (&'static str, &'static str),
}

impl Section {
    fn more(&self, left_out: usize) -> String {
        match left_out {
            0 => String::new(),
            1 => format!("\n*1 more {} is in the report.*\n", self.names.0),
            many => format!("\n*{many} more {} are in the report.*\n", self.names.1),
        }
    }
}

/// The page. Every section gets its next item in turn, so that a long one leaves room for those behind it; which item
/// comes first in a section is its maker's decision.
pub(crate) fn page(top: &str, sections: &[Section], bottom: &str, limit: Limit) -> String {
    let sections: Vec<&Section> = sections.iter().filter(|section| !section.items.is_empty()).collect();
    let frame = |section: &Section| {
        limit.size(&section.head) + limit.size(section.tail) + limit.size(&section.more(section.items.len()))
    };
    let mut used = limit.size(top) + limit.size(bottom);
    used += sections.iter().map(|section| frame(section)).sum::<usize>();
    let mut taken = vec![0; sections.len()];
    let mut open = vec![true; sections.len()];
    while open.contains(&true) {
        for ((section, taken), open) in sections.iter().zip(&mut taken).zip(&mut open) {
            if !*open {
                continue;
            }
            let next = section.items.get(*taken).map(|item| limit.size(item));
            match next.filter(|size| used + size <= limit.most()) {
                Some(size) => {
                    used += size;
                    *taken += 1;
                }
                None => *open = false,
            }
        }
    }
    let mut out = top.to_owned();
    for (section, taken) in sections.iter().zip(taken) {
        out.push_str(&section.head);
        out.extend(section.items.iter().take(taken).map(String::as_str));
        out.push_str(&section.more(section.items.len() - taken));
        out.push_str(section.tail);
    }
    out.push_str(bottom);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(head: &str, item: &str, count: usize) -> Section {
        Section {
            head: format!("{head}\n"),
            items: vec![format!("{item}\n"); count],
            tail: "end\n",
            names: ("finding", "findings"),
        }
    }

    #[test]
    fn a5_a_long_section_leaves_room_for_those_behind_it() {
        let sections = [section("A", &"a".repeat(50), 1000), section("B", "b", 2), section("C", "c", 0)];
        for limit in [Limit::Bytes(1000), Limit::Characters(1000), Limit::Bytes(100_000)] {
            let text = page("top\n", &sections, "bottom\n", limit);
            assert!(limit.size(&text) <= limit.most(), "{text}");
            assert!(text.contains("B\nb\nb\nend\nbottom\n"), "{text}");
            assert!(!text.contains('C'), "{text}");
            let shown = text.matches(&"a".repeat(50)).count();
            let left_out = 1000 - shown;
            assert_eq!(
                text.contains(&format!("*{left_out} more findings are in the report.*")),
                left_out > 0
            );
        }
    }

    #[test]
    fn characters_and_bytes_are_not_the_same() {
        let sections = [section("A", "😀😀😀😀", 10)];
        let by_bytes = page("", &sections, "", Limit::Bytes(120));
        let by_characters = page("", &sections, "", Limit::Characters(120));
        assert!(by_bytes.contains("more findings"), "{by_bytes}");
        assert!(!by_characters.contains("more finding"), "{by_characters}");
    }
}
