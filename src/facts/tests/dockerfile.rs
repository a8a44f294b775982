//! Images of Dockerfiles.

use super::*;
use crate::facts::{ImageOrigin, Recognised};

fn found(text: &str) -> Vec<(String, String, bool, bool, String)> {
    let facts = facts("svc/Dockerfile", text);
    assert!(facts.recognised.contains(&Recognised::Dockerfile));
    facts
        .images
        .iter()
        .map(|image| {
            assert_eq!(image.origin, ImageOrigin::DockerfileFrom);
            let place = image_at(&facts, image).to_owned();
            (image.owner.clone(), image.reference.clone(), image.unknown, image.from_default, place)
        })
        .collect()
}

#[test]
fn every_stage_that_pulls_is_an_image() {
    let text = "# syntax=docker/dockerfile:1\nARG VERSION=3.12\nARG BASE=python:${VERSION}-slim\nARG NONE\nFROM --platform=$BUILDPLATFORM golang:1.22 AS Build\nARG VERSION=9\nRUN go build\nfrom ${BASE} as run\nFROM build AS test\nFROM scratch\nFROM registry.example:5000/a/b@sha256:ab\nFROM app:${NONE}\nFROM node:${NODE_VERSION:-22}\nFROM ubuntu\nCOPY --from=build /a /b\nCOPY --from=0 /a /b\nCOPY --from=registry.example/tool:latest /a /b\n";
    let expected = [
        ("stage Build", "golang:1.22", false, false, "1.22"),
        ("stage run", "python:3.12-slim", false, true, "${BASE}"),
        (
            "stage 4",
            "registry.example:5000/a/b@sha256:ab",
            false,
            false,
            "registry.example:5000/a/b@sha256:ab",
        ),
        ("stage 5", "app:${NONE}", true, false, "${NONE}"),
        ("stage 6", "node:22", false, true, "node:${NODE_VERSION:-22}"),
        ("stage 7", "ubuntu", false, false, "ubuntu"),
        ("COPY --from=registry.example/tool:latest", "registry.example/tool:latest", false, false, "latest"),
    ];
    let expected = expected.map(|(owner, reference, unknown, default, place)| {
        (owner.to_owned(), reference.to_owned(), unknown, default, place.to_owned())
    });
    assert_eq!(found(text), expected);
}

#[test]
fn continued_lines_belong_together_and_here_documents_do_not_count() {
    let text = "FROM \\\n  # why\n  --platform=linux/amd64 \\\r\n  debian:12 \\\n  AS a\nRUN <<EOF\nFROM evil:latest\nEOF\nFROM a\n";
    let images: Vec<_> = found(text).into_iter().map(|one| (one.0, one.1, one.4)).collect();
    assert_eq!(images, [("stage a".to_owned(), "debian:12".to_owned(), "12".to_owned())]);
}

#[test]
fn an_argument_that_holds_itself_ends() {
    let doubling: String =
        (0..64).map(|at| format!("ARG A{}=${{A{at}}}${{A{at}}}\n", at + 1)).collect::<Vec<_>>().concat();
    let text = format!("ARG A0=xx\nARG B=$B\n{doubling}FROM a:${{A64}}\n");
    assert!(found(&text)[0].1.len() < 4096);
}
