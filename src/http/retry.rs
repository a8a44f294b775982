//! Whether it is worth asking again, and after how long.

use std::time::Duration;

use super::clock::Deadline;
use super::{Bounds, HttpError, HttpErrorKind, Response};

/// Tries until there is an answer, or no use or no time left. `response` is what of an outcome says that it is worth
/// another attempt, if anything does.
pub(super) fn until_answered<T>(
    bounds: &Bounds,
    deadline: Deadline,
    repeatable: bool,
    response: impl Fn(&mut T) -> Option<&mut Response>,
    mut attempt: impl FnMut(Deadline) -> Result<T, HttpError>,
) -> Result<T, HttpError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let mut outcome = attempt(Deadline::in_(bounds.attempt));
        let pause = match &mut outcome {
            Ok(answer) => response(answer).and_then(|response| {
                response.attempts = attempts;
                pause(Ok(response), repeatable, attempts, bounds)
            }),
            Err(error) => pause(Err(error), repeatable, attempts, bounds),
        };
        if let Some(pause) = pause.filter(|pause| *pause < deadline.left()) {
            std::thread::sleep(pause);
            continue;
        }
        if let Err(error) = &mut outcome
            && attempts > 1
        {
            error.what.push_str(&format!(" (tried {attempts} times)"));
        }
        return outcome;
    }
}

/// The pause before the next attempt; `None`: what came is the answer. Pure: what came, and how often it was tried.
fn pause(
    outcome: Result<&Response, &HttpError>,
    repeatable: bool,
    attempts: u32,
    bounds: &Bounds,
) -> Option<Duration> {
    if attempts > bounds.retries {
        return None;
    }
    let backoff = bounds.pause.saturating_mul(1 << (attempts.saturating_sub(1)).min(8));
    let asked = match outcome {
        // Nothing was sent, or nothing was done with it.
        Err(error) if error.kind == HttpErrorKind::Connect => Duration::ZERO,
        Err(error) if error.kind == HttpErrorKind::Broken && repeatable => Duration::ZERO,
        Err(_) => return None,
        Ok(response) => match response.limit() {
            // A 403 that does not say how long would be asked again for nothing.
            Some(limit) => match limit.wait {
                Some(wait) => wait,
                None if response.status == 429 => Duration::ZERO,
                None => return None,
            },
            None if matches!(response.status, 500 | 502..=504) && repeatable => {
                response.retry_after().unwrap_or_default()
            }
            None => return None,
        },
    };
    Some(asked.max(backoff).saturating_add(jitter(bounds.pause)))
}

/// Up to half of the pause, so that many who were refused together do not come back together.
fn jitter(pause: Duration) -> Duration {
    let mut byte = [0_u8; 1];
    // Without chance there is none; that is no reason to fail.
    let _ = getrandom::fill(&mut byte);
    let [byte] = byte;
    (pause / 2).saturating_mul(u32::from(byte)) / u32::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "an outcome, as the door has it")]
    fn answered(status: u16, headers: &[(&str, &str)]) -> Result<Response, HttpError> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(Response { status, url: String::new(), headers, body: Vec::new(), attempts: 1 })
    }

    fn failed(kind: HttpErrorKind) -> Result<Response, HttpError> {
        Err(HttpError { what: String::new(), kind })
    }

    #[test]
    fn what_may_pass_is_tried_twice_more_and_what_will_not_is_left() {
        let bounds = Bounds::default();
        let again =
            |outcome: &Result<Response, HttpError>| pause(outcome.as_ref(), true, 1, &bounds).is_some();
        for outcome in [
            answered(500, &[]),
            answered(503, &[]),
            answered(429, &[]),
            answered(403, &[("retry-after", "1")]),
            failed(HttpErrorKind::Connect),
            failed(HttpErrorKind::Broken),
        ] {
            assert!(again(&outcome), "{outcome:?}");
            assert!(pause(outcome.as_ref(), true, 2, &bounds).is_some());
            assert!(pause(outcome.as_ref(), true, 3, &bounds).is_none());
        }
        for outcome in [
            answered(200, &[]),
            answered(403, &[]),
            answered(404, &[]),
            answered(501, &[]),
            failed(HttpErrorKind::Timeout),
            failed(HttpErrorKind::Tls),
            failed(HttpErrorKind::TooLarge),
            failed(HttpErrorKind::Redirect),
        ] {
            assert!(!again(&outcome), "{outcome:?}");
        }
    }

    #[test]
    fn what_may_have_been_done_is_not_done_twice() {
        let bounds = Bounds::default();
        for outcome in [answered(502, &[]), failed(HttpErrorKind::Broken)] {
            assert!(pause(outcome.as_ref(), false, 1, &bounds).is_none());
        }
        for outcome in [answered(429, &[]), failed(HttpErrorKind::Connect)] {
            assert!(pause(outcome.as_ref(), false, 1, &bounds).is_some());
        }
    }

    #[test]
    fn the_pause_doubles_and_is_never_shorter_than_asked_for() {
        let bounds = Bounds { retries: 9, ..Bounds::default() };
        let of = |headers: &[(&str, &str)], attempts| {
            pause(answered(503, headers).as_ref(), true, attempts, &bounds).unwrap()
        };
        let (most, half) = (bounds.pause / 2, bounds.pause);
        assert!(of(&[], 1) >= half && of(&[], 1) <= half + most);
        assert!(of(&[], 3) >= half * 4 && of(&[], 3) <= half * 4 + most);
        assert!(of(&[("retry-after", "30")], 1) >= Duration::from_secs(30));
    }
}
