//! Which AWS profile, account and region commands of this machine use, read as the AWS CLI reads it.
//!
//! Keys in the environment win over every profile. Else the profile (`AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, `default`) says
//! it: a role's ARN, then a web identity of the environment or the profile, single sign-on, keys in the file of
//! credentials, a program, keys in the config. The account stands in a role's ARN and in the settings of a single sign-on,
//! and can be computed from a key's id; nobody is asked, and neither an id nor a key is shown.

use super::machine::Machine;
use super::seen::{Fact, Seen, Subject};
use crate::document::{Format, Node};
use crate::probe::Asked;
use crate::probe::piece::piece;

/// Where an account number comes from.
enum Account {
    Known(String),
    /// Credentials of a kind that tell nobody whose they are.
    Unknown(&'static str),
    /// No credentials are configured.
    None,
}

/// The two files, with what they say of a profile.
struct Files {
    config: Option<Node>,
    credentials: Option<Node>,
}

impl Files {
    fn read(machine: &Machine<'_>, seen: &mut Seen) -> Self {
        let mut file = |variable: &str, below: &str, digested: bool| {
            let path = machine.place(variable, below)?;
            match machine.document(&path, Format::Ini) {
                Ok(Some(content)) => {
                    let bytes = digested.then_some(content.bytes.as_slice());
                    seen.asked.push(Asked::here(piece(&machine.shown(&path)), bytes));
                    content.document.roots.into_iter().next()
                }
                Ok(None) => None,
                Err(why) => {
                    seen.unread.push(why);
                    None
                }
            }
        };
        Self {
            config: file("AWS_CONFIG_FILE", ".aws/config", true),
            credentials: file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", false),
        }
    }

    fn config_of(&self, profile: &str) -> Vec<&Node> {
        let own = |section: &str| match section.strip_prefix("profile") {
            Some(name) if name.starts_with([' ', '\t']) => unquoted(name) == profile,
            _ => section.trim() == "default" && profile == "default",
        };
        sections(self.config.as_ref(), own)
    }

    fn credentials_of(&self, profile: &str) -> Vec<&Node> {
        sections(self.credentials.as_ref(), |section| section.trim() == profile)
    }
}

fn unquoted(name: &str) -> &str {
    name.trim().trim_matches(['"', '\''])
}

fn sections(file: Option<&Node>, own: impl Fn(&str) -> bool) -> Vec<&Node> {
    let entries = file.map(Node::entries).unwrap_or_default();
    entries.iter().filter(|entry| own(&entry.key.value)).map(|entry| &entry.value).collect()
}

/// The last setting of a name.
fn setting(sections: &[&Node], name: &str) -> Option<String> {
    let mut entries = sections.iter().flat_map(|section| section.entries());
    let found = entries.rfind(|entry| entry.key.value.eq_ignore_ascii_case(name))?;
    found.value.scalar().map(std::borrow::Cow::into_owned).filter(|value| !value.is_empty())
}

pub(super) fn read(machine: &Machine<'_>, seen: &mut Seen) {
    let files = Files::read(machine, seen);
    let (named, default) = (machine.says("AWS_PROFILE"), machine.says("AWS_DEFAULT_PROFILE"));
    disagree(seen, ("AWS_PROFILE", &named), ("AWS_DEFAULT_PROFILE", &default));
    let stated = named.or(default);
    let profile = stated.clone().unwrap_or_else(|| "default".to_owned());
    let (config, credentials) = (files.config_of(&profile), files.credentials_of(&profile));
    let defined = !config.is_empty() || !credentials.is_empty();
    let key = machine.says("AWS_ACCESS_KEY_ID");
    if let Some(key) = &key {
        seen.notes.push("AWS: keys in the environment win over every profile".to_owned());
        account(of_key(key), seen);
        if stated.is_some() {
            seen.odd.push(format!("AWS profile `{}` is set and not used", piece(&profile)));
        }
    } else if stated.is_some() || defined {
        seen.fact(Fact::new(Subject::AwsProfile, profile.as_str()));
    }
    if stated.is_some() && key.is_none() && !defined {
        let why = format!("AWS profile `{}` is set, and no file defines it", piece(&profile));
        seen.undefined(why);
    }
    if key.is_none() {
        account(of_profile(machine, &config, &credentials), seen);
    }
    region(machine, &config, seen);
}

fn account(account: Account, seen: &mut Seen) {
    match account {
        Account::Known(number) => seen.fact(Fact::new(Subject::AwsAccount, number)),
        Account::Unknown(why) => seen.notes.push(format!("AWS account unknown: {why}")),
        Account::None => {}
    }
}

fn of_profile(machine: &Machine<'_>, config: &[&Node], credentials: &[&Node]) -> Account {
    let set = |name: &str| setting(config, name);
    let of_role =
        |arn: &str| of_arn(arn).map_or(Account::Unknown("the role's ARN holds no account"), Account::Known);
    let role = set("role_arn").or_else(|| setting(credentials, "role_arn"));
    let by_token = set("web_identity_token_file").is_some();
    if let Some(arn) = role.as_ref().filter(|_| !by_token) {
        return of_role(arn);
    }
    if let (Some(arn), Some(_)) = (machine.says("AWS_ROLE_ARN"), machine.says("AWS_WEB_IDENTITY_TOKEN_FILE"))
    {
        return of_role(&arn);
    }
    if let Some(arn) = role {
        return of_role(&arn);
    }
    if let Some(number) = set("sso_account_id") {
        return Account::Known(number);
    }
    if let Some(key) = setting(credentials, "aws_access_key_id") {
        return of_key(&key);
    }
    if set("credential_process").is_some() || setting(credentials, "credential_process").is_some() {
        return Account::Unknown("a program gives the credentials");
    }
    if set("sso_start_url").is_some() || set("sso_session").is_some() {
        return Account::Unknown("the profile names a single sign-on and no account");
    }
    if let Some(key) = set("aws_access_key_id") {
        return of_key(&key);
    }
    let of_host = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    if of_host.iter().any(|name| machine.says(name).is_some()) {
        return Account::Unknown("the container's own role is used");
    }
    Account::None
}

fn region(machine: &Machine<'_>, config: &[&Node], seen: &mut Seen) {
    let (named, default) = (machine.says("AWS_REGION"), machine.says("AWS_DEFAULT_REGION"));
    disagree(seen, ("AWS_REGION", &named), ("AWS_DEFAULT_REGION", &default));
    if let Some(region) = named.or(default).or_else(|| setting(config, "region")) {
        seen.fact(Fact::new(Subject::AwsRegion, region));
    }
}

/// Two variables for one thing, of which some tools read the first and others the second.
fn disagree(seen: &mut Seen, one: (&str, &Option<String>), other: (&str, &Option<String>)) {
    if let ((name, Some(value)), (other_name, Some(other_value))) = (one, other)
        && value != other_value
    {
        seen.odd.push(format!(
            "{name} is `{}` and {other_name} is `{}`: some tools read the one and some the other",
            piece(value),
            piece(other_value)
        ));
    }
}

/// The account of `arn:aws:iam::123456789012:role/x`.
fn of_arn(arn: &str) -> Option<String> {
    let number = arn.split(':').nth(4)?;
    (number.len() == 12 && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| number.to_owned())
}

/// The account that a key's id belongs to: forty of the bits behind its prefix.
fn of_key(id: &str) -> Account {
    account_of_key(id).map_or(Account::Unknown("the key is older than those that tell it"), Account::Known)
}

fn account_of_key(id: &str) -> Option<String> {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let rest = id.strip_prefix("AKIA").or_else(|| id.strip_prefix("ASIA"))?;
    let bits = rest.bytes().take(10).try_fold((0_u64, 0), |(bits, count), letter| {
        let value = LETTERS.iter().position(|known| *known == letter)?;
        Some(((bits << 5) | value as u64, count + 1))
    })?;
    let (bits, 10) = bits else { return None };
    // Six bytes are 48 of these 50 bits.
    let bytes = bits >> 2;
    // Ids from before the account was put into them begin with a zero.
    if bytes & 0x8000_0000_0000 == 0 {
        return None;
    }
    Some(format!("{:012}", (bytes & 0x7fff_ffff_ff80) >> 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_computed_from_a_keys_id_and_not_from_an_old_one() {
        assert_eq!(account_of_key("ASIAQNZGKIQY56JQ7WML").as_deref(), Some("029608264753"));
        for unknown in
            ["AKIAIOSFODNN7EXAMPLE", "AKIA", "AROAQNZGKIQY56JQ7WML", "ASIAQNZ1KIQY56JQ7WML", "ÄKIA"]
        {
            assert_eq!(account_of_key(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn an_account_is_read_from_a_roles_arn() {
        assert_eq!(of_arn("arn:aws:iam::123456789012:role/deploy").as_deref(), Some("123456789012"));
        assert_eq!(of_arn("arn:aws:iam::x:role/deploy"), None);
    }
}
