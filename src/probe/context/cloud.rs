//! Which GCP project and Azure subscription commands of this machine use, read as `gcloud` and `az` read it.
//!
//! gcloud: `CLOUDSDK_CORE_PROJECT`, else the active configuration (`CLOUDSDK_ACTIVE_CONFIG_NAME`, else `active_config`, else
//! `default`). Libraries and Terraform listen to variables of their own: where one says something else, both are shown.

use super::machine::Machine;
use super::seen::{Fact, Seen, Subject};
use crate::document::{Format, Node};
use crate::probe::Asked;
use crate::probe::piece::piece;

pub(super) fn read_gcp(machine: &Machine<'_>, seen: &mut Seen) {
    let own = machine.says("CLOUDSDK_CORE_PROJECT").or_else(|| of_configuration(machine, seen));
    if let Some(project) = &own {
        seen.fact(Fact::new(Subject::GcpProject, project.as_str()));
    }
    for variable in ["GOOGLE_CLOUD_PROJECT", "GOOGLE_PROJECT"] {
        if let Some(project) = machine.says(variable).filter(|project| Some(project) != own.as_ref()) {
            seen.fact(Fact::new(Subject::GcpProject, project).by(variable));
        }
    }
}

fn of_configuration(machine: &Machine<'_>, seen: &mut Seen) -> Option<String> {
    let below = if cfg!(windows) { "AppData/Roaming/gcloud" } else { ".config/gcloud" };
    let folder = machine.place("CLOUDSDK_CONFIG", below)?;
    let name = match machine.says("CLOUDSDK_ACTIVE_CONFIG_NAME") {
        Some(name) => Some(name),
        None => match machine.bytes(&folder.join("active_config")) {
            Ok(bytes) => bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()),
            Err(why) => {
                seen.unread.push(why);
                None
            }
        },
    };
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
    if name == "NONE" {
        return None;
    }
    // It becomes part of a path.
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        seen.unread.push(format!("gcloud's configuration `{}` has a name that it can't have", piece(&name)));
        return None;
    }
    let file = folder.join("configurations").join(format!("config_{name}"));
    match machine.document(&file, Format::Ini) {
        Ok(Some(content)) => {
            seen.asked.push(Asked::here(piece(&machine.shown(&file)), Some(&content.bytes)));
            let project = content.document.roots.first()?.at(&["core", "project"])?;
            project.scalar().map(std::borrow::Cow::into_owned).filter(|project| !project.is_empty())
        }
        Ok(None) => None,
        Err(why) => {
            seen.unread.push(why);
            None
        }
    }
}

pub(super) fn read_azure(machine: &Machine<'_>, seen: &mut Seen) {
    let id = of_profile(machine, seen);
    if let Some(other) = machine.says("ARM_SUBSCRIPTION_ID").filter(|other| Some(other) != id.as_ref()) {
        seen.fact(Fact::new(Subject::AzureSubscription, other).by("ARM_SUBSCRIPTION_ID"));
    }
}

/// The id of the default subscription.
fn of_profile(machine: &Machine<'_>, seen: &mut Seen) -> Option<String> {
    let file = machine.place("AZURE_CONFIG_DIR", ".azure")?.join("azureProfile.json");
    let content = match machine.document(&file, Format::Json) {
        Ok(content) => content?,
        Err(why) => {
            seen.unread.push(why);
            return None;
        }
    };
    seen.asked.push(Asked::here(piece(&machine.shown(&file)), Some(&content.bytes)));
    let subscriptions = content.document.roots.first()?.get("subscriptions")?.items();
    let is_default = |node: &&Node| node.get("isDefault").and_then(Node::as_bool) == Some(true);
    let chosen = subscriptions.iter().find(is_default)?;
    let field = |name: &str| chosen.get(name).and_then(Node::as_str).map(str::to_owned);
    let id = field("id");
    let name = field("name").or_else(|| id.clone())?;
    seen.fact(Fact::new(Subject::AzureSubscription, name.as_str()).also(id.clone().filter(|id| *id != name)));
    id
}
