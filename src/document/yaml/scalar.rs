//! What a plain YAML scalar says, as Go's yaml reads it on behalf of Kubernetes.

use crate::document::{Style, Text, Value};

/// Resolves an untagged plain scalar.
///
/// NOTE: `yes`, `no`, `on` and `off` stay strings, as yaml.v3 has them where nothing asks for a bool; so do dates and
/// base-60 numbers. A number is never computed: it is kept as written.
pub(super) fn resolve_plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::String(Text { value: text.to_owned(), style: Style::Plain }),
    }
}

/// Resolves a scalar whose tag names a type of the core schema.
pub(super) fn resolve_tagged(suffix: &str, text: &str, style: Style) -> Value {
    match suffix {
        "null" => Value::Null,
        "bool" => match text {
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
                Value::Bool(true)
            }
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
                Value::Bool(false)
            }
            _ => Value::Unknown(text.to_owned()),
        },
        "int" | "float" if is_number(text) => Value::Number(text.to_owned()),
        "int" | "float" => Value::Unknown(text.to_owned()),
        _ => Value::String(Text { value: text.to_owned(), style }),
    }
}

/// Decimal, `0x`, `0o`, `0b`, old octal, digits parted by `_`, floats, infinity and not-a-number.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned.as_bytes().first() {
        Some(b'0'..=b'9') => is_integer(unsigned) || is_float(unsigned),
        Some(b'.') => {
            is_float(unsigned)
                || matches!(unsigned, ".inf" | ".Inf" | ".INF")
                || matches!(text, ".nan" | ".NaN" | ".NAN")
        }
        _ => false,
    }
}

fn is_integer(unsigned: &str) -> bool {
    let of = |digits: &str, allowed: fn(char) -> bool| {
        digits.contains(allowed) && digits.chars().all(|digit| digit == '_' || allowed(digit))
    };
    match unsigned.get(..2) {
        Some("0x") => of(unsigned.get(2..).unwrap_or_default(), |digit| digit.is_ascii_hexdigit()),
        Some("0o") => of(unsigned.get(2..).unwrap_or_default(), |digit| digit.is_digit(8)),
        Some("0b") => of(unsigned.get(2..).unwrap_or_default(), |digit| digit.is_digit(2)),
        _ => of(unsigned, |digit| digit.is_ascii_digit()),
    }
}

/// `[0-9]*(\.[0-9]*)?([eE][-+]?[0-9]+)?` with a digit before the exponent; `_` as in integers.
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_holds =
        digits(whole) && digits(fraction) && mantissa.bytes().any(|byte| byte.is_ascii_digit());
    let exponent_holds = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit())
    });
    mantissa_holds && exponent_holds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_as_written() {
        for text in [
            "0",
            "-1",
            "+7",
            "1_000",
            "0x1F",
            "0o17",
            "0777",
            "0b101",
            "1.5",
            ".5",
            "1.",
            "1e3",
            "1.0E-7",
            ".inf",
            "-.INF",
            "+.Inf",
            ".nan",
            "123456789012345678901234567890",
        ] {
            assert_eq!(resolve_plain(text), Value::Number(text.to_owned()), "{text}");
        }
    }

    #[test]
    fn words_that_look_like_numbers_stay_strings() {
        for text in [
            "1.2.3",
            "12:30",
            "2024-01-01",
            "0x",
            "_1",
            "e3",
            "1e",
            ".",
            "-",
            "+",
            "1k",
            "0xg",
            "-.nan",
            "infinity",
        ] {
            assert!(matches!(resolve_plain(text), Value::String(_)), "{text}");
        }
    }

    #[test]
    fn old_booleans_stay_strings() {
        for text in ["yes", "No", "on", "OFF", "y"] {
            assert!(matches!(resolve_plain(text), Value::String(_)), "{text}");
        }
    }
}
