use super::*;
use crate::document::{Document, Format, Node, Value, parse};
use crate::source::{Origin, SourceFile};

fn masked(text: &str) -> String {
    let reading = Reading::of(text, Syntax::Yaml);
    assert_eq!(reading.text().len(), text.len());
    reading.text().to_owned()
}

fn read(text: &str) -> Document {
    parse(&SourceFile::new(Origin::File("a.yaml".into()), text.to_owned()), Format::Yaml).unwrap()
}

fn at<'a>(document: &'a Document, path: &[&str]) -> &'a Node {
    document.roots[0].at(path).unwrap()
}

/// The raw text of an unknown value, which must be what stands under its span.
fn unknown<'a>(document: &'a Document, path: &[&str]) -> &'a str {
    let node = at(document, path);
    let Value::Unknown(raw) = &node.value else { panic!("{path:?} is {node:?}") };
    assert_eq!(document.source.slice(node.span), raw);
    raw
}

fn gaps(document: &Document) -> Vec<&str> {
    document.gaps.iter().map(|gap| document.source.slice(gap.span)).collect()
}

#[test]
fn lines_that_only_decide_become_blank_and_keep_their_breaks() {
    assert_eq!(
        masked("{{- if a }}\r\nb: c\n{{/* two\nlines */}}\n"),
        "           \r\nb: c\n        \n          \n"
    );
    assert_eq!(masked("{% if a %} # why\nb: c\n"), "           # why\nb: c\n");
    assert_eq!(masked("a: b {{- end }}\nc: d {# e #}\n"), "a: b           \nc: d        \n");
    assert_eq!(masked("a: ${{ b }} {{ c }}\n"), "a: $xxxxxxx xxxxxxx\n");
    assert_eq!(masked("no: {braces: here}\n"), "no: {braces: here}\n");
}

#[test]
fn an_expression_makes_its_scalar_unknown_and_nothing_else() {
    let document = read(
        "a: {{ b }}\nc: \"{{ d }}:{{ e | default \"x: y\" }}\" # f\ng: [h, {{ i }}, 'j-{{ k }}']\nl: pre{{ m }}post\nn: plain\no:\n  - p: {{ q }}\n    r: s\nt: ${{ u }}\nv: {{ w\n  | quote }}\nx: 1\n",
    );
    assert_eq!(unknown(&document, &["a"]), "{{ b }}");
    assert_eq!(unknown(&document, &["c"]), "\"{{ d }}:{{ e | default \"x: y\" }}\"");
    let items = at(&document, &["g"]).items();
    assert_eq!(items[0].as_str(), Some("h"));
    assert_eq!(items[1].value, Value::Unknown("{{ i }}".into()));
    assert_eq!(items[2].value, Value::Unknown("'j-{{ k }}'".into()));
    assert_eq!(unknown(&document, &["l"]), "pre{{ m }}post");
    assert_eq!(at(&document, &["n"]).as_str(), Some("plain"));
    let item = &at(&document, &["o"]).items()[0];
    assert_eq!(item.get("p").unwrap().value, Value::Unknown("{{ q }}".into()));
    assert_eq!(item.get("r").unwrap().as_str(), Some("s"));
    assert_eq!(unknown(&document, &["t"]), "${{ u }}");
    assert_eq!(unknown(&document, &["v"]), "{{ w\n  | quote }}");
    assert_eq!(at(&document, &["x"]).value, Value::Number("1".into()));
    assert!(document.gaps.is_empty());
}

#[test]
fn a_key_with_an_expression_keeps_its_raw_text_and_is_a_gap() {
    let document = read("{{ a }}: 1\n{{ a }}: 2\nb-{{ c }}: 3\n\"{{ d }}\": 4\n");
    let keys: Vec<_> = document.roots[0].entries().iter().map(|entry| entry.key.value.as_str()).collect();
    assert_eq!(keys, ["{{ a }}", "{{ a }}", "b-{{ c }}", "\"{{ d }}\""]);
    assert_eq!(gaps(&document), keys);
}

#[test]
fn an_insertion_is_put_into_the_collection_that_its_column_names() {
    let document = read(
        "metadata:\n  labels:\n    app: web\n    {{- include \"l\" . | nindent 4 }}\n  annotations:\n    {{- with .Values.a }}\n    {{- toYaml . | nindent 4 }}\n    {{- end }}\n{{ include \"m\" . | indent 2 }}\nspec:\n  args:\n  - one\n  {{- toYaml .Values.more | nindent 2 }}\n{{ include \"rest\" . }}\n",
    );
    let keys = |path: &[&str]| -> Vec<&str> {
        at(&document, path).entries().iter().map(|entry| entry.key.value.as_str()).collect()
    };
    assert_eq!(keys(&["metadata", "labels"]), ["app", "{{- include \"l\" . | nindent 4 }}"]);
    assert_eq!(unknown(&document, &["metadata", "annotations"]), "{{- toYaml . | nindent 4 }}");
    assert_eq!(keys(&["metadata"]), ["labels", "annotations", "{{ include \"m\" . | indent 2 }}"]);
    let args = at(&document, &["spec", "args"]).items();
    assert_eq!(args.len(), 2);
    assert!(args[1].is_unknown());
    assert_eq!(keys(&[]), ["metadata", "spec", "{{ include \"rest\" . }}"]);
    assert_eq!(document.gaps.len(), 5);
}

#[test]
fn entries_may_follow_an_insertion_behind_their_key() {
    let document = read(
        "labels: {{- include \"l\" . | nindent 2 }}\n  # why\n  part-of: web\nlist: {{ toYaml .x | nindent 0 }}\n- a\nrest:{{ toYaml .y | nindent 2 }}\nlast: {{ z }}\n",
    );
    let labels = at(&document, &["labels"]).entries();
    assert_eq!(labels[0].key.value, "{{- include \"l\" . | nindent 2 }}");
    assert_eq!(labels[1].value.as_str(), Some("web"));
    assert!(at(&document, &["list"]).items()[0].is_unknown());
    assert_eq!(at(&document, &["list"]).items()[1].as_str(), Some("a"));
    assert_eq!(unknown(&document, &["rest"]), "{{ toYaml .y | nindent 2 }}");
    assert_eq!(unknown(&document, &["last"]), "{{ z }}");
}

#[test]
fn lines_of_expressions_in_a_block_scalar_are_its_text() {
    let document = read(
        "a: |\n  {{- if x }}\n  one\n  {{- end }}\nb: |-\n{{ .Files.Get \"f\" | indent 2 }}\nc: |\n  known\n{{- if y }}\nd: >\n    {{ range z }}\n  two\n    {{ end }}\n{{- end }}\ne: |{{ w | nindent 2 }}\nf: |\n  {{ if g }}\n  {{ h | indent 2 }}\n  {{ end }}\ni: 1\n",
    );
    assert_eq!(unknown(&document, &["a"]), "|\n  {{- if x }}\n  one");
    assert_eq!(unknown(&document, &["b"]), "|-\n{{ .Files.Get \"f\" | indent 2 }}");
    assert_eq!(at(&document, &["c"]).as_str(), Some("known\n"));
    assert_eq!(unknown(&document, &["d"]), ">\n    {{ range z }}\n  two");
    assert_eq!(unknown(&document, &["e"]), "|{{ w | nindent 2 }}");
    assert_eq!(unknown(&document, &["f"]), "|\n  {{ if g }}\n  {{ h | indent 2 }}");
    assert_eq!(at(&document, &["i"]).value, Value::Number("1".into()));
}

#[test]
fn branches_may_give_a_key_twice_and_only_branches() {
    let document = read("{{ if a }}\nb: 1\n{{ else }}\nb: 2\n{{ end }}\n");
    let values: Vec<_> =
        document.roots[0].entries().iter().map(|entry| entry.value.scalar().unwrap()).collect();
    assert_eq!(values, ["1", "2"]);
    let source = SourceFile::new(Origin::File("a.yaml".into()), "b: {{ a }}\nb: 2\n".to_owned());
    assert!(parse(&source, Format::Yaml).is_err());
}

#[test]
fn branches_that_do_not_fit_together_leave_the_first_and_a_gap() {
    let document = read("a:\n{{- if b }}\n  c: d\n{{- else }}\n  - e\n{{- end }}\nf: g\n");
    assert_eq!(at(&document, &["a", "c"]).as_str(), Some("d"));
    assert_eq!(at(&document, &["f"]).as_str(), Some("g"));
    assert_eq!(gaps(&document), ["{{- else }}\n  - e\n"]);
}

#[test]
fn a_named_template_is_no_part_of_the_text() {
    let document = read("{{- define \"a\" }}\nb: c\n  d: e\n{{- end }}\nf: g\n");
    assert_eq!(document.roots[0].entries().len(), 1);
    assert_eq!(gaps(&document), ["{{- define \"a\" }}\nb: c\n  d: e\n{{- end }}"]);
}

#[test]
fn what_cannot_be_read_for_its_expressions_says_that_it_is_a_template() {
    let source = SourceFile::new(Origin::File("a.yaml".into()), "a: {{ b }}\n  c: [\n".to_owned());
    let error = parse(&source, Format::Yaml).unwrap_err();
    assert!(error.to_string().ends_with("(a template, read without its expressions)"), "{error}");
}

#[test]
fn an_alert_with_expressions_in_its_texts_is_read() {
    let document = read(
        "groups:\n- name: a\n  rules:\n  - alert: Down\n    expr: up{job=\"x\"} == 0\n    annotations:\n      summary: '{{ $labels.instance }} down'\n      description: |\n        {{ range query \"up\" }}\n        {{ .Value }}\n        {{ end }}\n",
    );
    let rule = &at(&document, &["groups"]).items()[0].get("rules").unwrap().items()[0];
    assert_eq!(rule.get("expr").unwrap().as_str(), Some("up{job=\"x\"} == 0"));
    assert!(rule.at(&["annotations", "summary"]).unwrap().is_unknown());
    assert!(rule.at(&["annotations", "description"]).unwrap().is_unknown());
    assert!(document.gaps.is_empty());
}

#[test]
fn an_expression_on_a_line_of_a_text_over_several_is_part_of_it() {
    let document = read("a: \"one\n  {{ b }}\n  two\"\nc: d\n");
    assert_eq!(unknown(&document, &["a"]), "\"one\n  {{ b }}\n  two\"");
    assert_eq!(document.roots[0].entries().len(), 2);
}

#[test]
fn expressions_in_a_block_scalar_excuse_no_key_that_is_given_twice() {
    let text = "a: |\n  {{ if b }}\n  c\n  {{ end }}\nd: 1\nd: 2\n";
    assert!(parse(&SourceFile::new(Origin::File("a.yaml".into()), text.to_owned()), Format::Yaml).is_err());
}
