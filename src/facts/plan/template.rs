//! The plan that `plan new` writes: what the change shows is filled in, what only a person knows is a hole, and what only a
//! person may agree to is commented out.

/// What a change shows of the way back.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    /// The images that run now, to go back to.
    pub images: Vec<ImageBefore>,
    /// What the change touches, as people name it: `Deployment shop/web`.
    pub resources: Vec<String>,
    /// Commands that undo it: `kubectl rollout undo deployment/web -n shop`.
    pub commands: Vec<String>,
    /// What it takes away, as the plan names it: `production/deployer-api`.
    pub deletes: Vec<String>,
    /// What it moves: `kafka-python 1.4.7 -> 2.0.1`.
    pub moves: Vec<String>,
}

impl Proposal {
    /// The change shows nothing of the way back.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
            && self.resources.is_empty()
            && self.commands.is_empty()
            && self.moves.is_empty()
    }
}

/// One image that the change replaces.
#[derive(Debug, Clone)]
pub struct ImageBefore {
    /// `Deployment web, container web`.
    pub owner: String,
    pub before: String,
    pub after: String,
}

/// The text of `.deploy-guard/plan.toml`. Left as it is, it is no plan: triggers and owner are holes.
pub fn template(proposal: &Proposal) -> String {
    let mut lines = vec![
        "# The deploy plan of this change. What stands in <angle brackets> is yours to fill in.".to_owned(),
    ];
    lines.extend(proposal.resources.iter().map(|resource| format!("# touches {}", comment(resource))));
    lines.push(String::new());
    lines.push(
        "# How long you watch before you call it good: longer than the longest session or token.".to_owned(),
    );
    lines.push(r#"soak = "<how long, such as 2h>""#.to_owned());
    list(
        &mut lines,
        "deletes",
        &proposal.deletes,
        "This change takes these away. What is meant, say so by taking the # away; put back what is not.",
    );
    list(
        &mut lines,
        "moves",
        &proposal.moves,
        "It moves these dependencies. What is meant, say so by taking the # away; put back what is not.",
    );
    lines.push(String::new());
    lines.push("[rollback]".to_owned());
    let images = proposal
        .images
        .iter()
        .map(|image| format!("put {} back in place of {} ({})", image.before, image.after, image.owner));
    let steps: Vec<String> = images.chain(proposal.commands.iter().cloned()).collect();
    if steps.is_empty() {
        lines.push(r#"steps = ["<what to run to get back to the state of now>"]"#.to_owned());
    } else {
        lines.push("steps = [".to_owned());
        lines.extend(steps.iter().map(|step| format!("    {},", quoted(step))));
        lines.push("]".to_owned());
    }
    lines.push("# What has to be seen for somebody to go back, with a number and a time.".to_owned());
    lines.push(r#"triggers = ["<error rate above 1 % for 5 minutes>"]"#.to_owned());
    lines.push("# Who goes back, and can be reached until the soak ends.".to_owned());
    lines.push(r#"owner = "<name>""#.to_owned());
    lines.join("\n") + "\n"
}

fn list(lines: &mut Vec<String>, key: &str, values: &[String], remark: &str) {
    if values.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(format!("# {remark}"));
    lines.push(format!("# {key} = ["));
    lines.extend(values.iter().map(|value| format!("#     {},", quoted(value))));
    lines.push("# ]".to_owned());
}

/// Names come from the change: none of them may end the line or the string.
fn quoted(text: &str) -> String {
    toml::Value::from(crate::source::escape_line(text).into_owned()).to_string()
}

fn comment(text: &str) -> String {
    crate::source::escape_line(text).into_owned()
}
