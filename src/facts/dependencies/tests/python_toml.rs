use super::{extracted, gaps, stated};

#[test]
fn a_pipfile_is_read_by_its_sections() {
    let text = "\
[[source]]
url = \"https://index.example/simple\"

[packages]
kafka-python = \"*\"
\"confluent.kafka\" = \"==1.7.0\"
aiokafka = {version = \"~=0.7\", extras = [\"lz4\"]}
faust = {git = \"https://git.example/faust.git\", ref = \"deadbeef\"}
shop = {path = \".\", editable = true}
six = \"1.16.0\"
lz4 = {}

[dev-packages]
pytest = \">=7\"

[requires]
python_version = \"3.9\"
";
    assert_eq!(
        stated("Pipfile", text),
        [
            "5 kafka-python * @*",
            "6 confluent-kafka =1.7.0 @==1.7.0",
            "7 aiokafka ~~=0.7 @~=0.7",
            "8 faust source(deadbeef) @deadbeef",
            "9 shop elsewhere(a local path) @name",
            "10 six =1.16.0 @1.16.0",
            "11 lz4 * @name",
            "14 pytest ~>=7 @>=7 dev",
        ]
    );
    let span = extracted("Pipfile", text).dependencies[2].span;
    assert_eq!(&text[span.start..span.end], "aiokafka = {version = \"~=0.7\", extras = [\"lz4\"]}");
}

#[test]
fn a_project_of_the_standard_is_read_by_its_groups() {
    let text = "\
[build-system]
requires = [\"hatchling>=1\"]

[project]
name = \"shop\"
dependencies = [
    'kafka-python==1.4.7',  # held
    \"confluent-kafka[avro]>=1.7,<2; python_version > '3.6'\",
    \"fork\",
]

[project.optional-dependencies]
kafka = [\"aiokafka\"]
test = [\"pytest==7.0\"]

[dependency-groups]
lint = [{include-group = \"test\"}, \"ruff~=0.1\"]

[tool.uv.sources]
fork = { git = \"https://git.example/fork\", rev = \"deadbeef\" }

[tool.hatch.envs.docs]
dependencies = [\"sphinx\"]
";
    assert_eq!(
        stated("pyproject.toml", text),
        [
            "2 hatchling ~>=1 @>=1 dev",
            "7 kafka-python =1.4.7 @==1.4.7",
            "8 confluent-kafka ~>=1.7,<2 @>=1.7,<2",
            "20 fork source(deadbeef) @deadbeef",
            "13 aiokafka * @name optional(kafka)",
            "14 pytest =7.0 @==7.0 dev",
            "17 ruff ~~=0.1 @~=0.1 dev",
            "23 sphinx * @name dev",
        ]
    );
}

#[test]
fn a_project_of_poetry_is_read_by_its_groups() {
    let text = "\
[tool.poetry]
name = \"shop\"

[tool.poetry.dependencies]
python = \"^3.9\"
kafka-python = \"2.0.1\"
confluent-kafka = { version = \"^1.7\", extras = [\"avro\"] }
aiokafka = \"*\"
faust = { git = \"https://git.example/faust.git\", branch = \"main\" }
avro = [
    { version = \"1.10\", python = \"<3.8\" },
    { version = \">=1.11\", python = \">=3.8\" },
]
snappy = { version = \"==0.6\", optional = true }

[tool.poetry.group.kafka.dependencies]
pykafka = \"~2.8\"

[tool.poetry.group.dev.dependencies]
pytest = \"^7\"
";
    assert_eq!(
        stated("pyproject.toml", text),
        [
            "6 kafka-python =2.0.1 @2.0.1",
            "7 confluent-kafka ~^1.7 @^1.7",
            "8 aiokafka * @*",
            "9 faust * @name",
            "11 avro =1.10 @1.10",
            "12 avro ~>=1.11 @>=1.11",
            "14 snappy =0.6 @==0.6 optional(extra)",
            "17 pykafka ~~2.8 @~2.8 optional(kafka)",
            "20 pytest ~^7 @^7 dev",
        ]
    );
}

#[test]
fn requirements_that_a_backend_finds_elsewhere_are_a_gap_unless_they_are_judged_there() {
    let dynamic = "[project]\ndynamic = [\"dependencies\"]\n";
    assert!(stated("pyproject.toml", dynamic).is_empty());
    let file =
        format!("{dynamic}[tool.setuptools.dynamic]\ndependencies = {{file = [\"requirements.txt\"]}}\n");
    assert!(stated("pyproject.toml", &file).is_empty());
    let odd = format!("{dynamic}[tool.setuptools.dynamic]\ndependencies = {{file = [\"needs.lst\"]}}\n");
    assert_eq!(
        gaps("pyproject.toml", &odd),
        ["\"dependencies\": requirements that the build backend finds elsewhere"]
    );
}

#[test]
fn a_conda_environment_is_read_with_its_list_for_pip() {
    let text = "\
name: shop
channels: [conda-forge]
dependencies:
  - python=3.9
  - kafka-python=1.4.7
  - conda-forge::confluent-kafka=1.7
  - lz4==4.0.2
  - avro >=1.10
  - \"six\"
  - fastavro=1.4=py39_0
  - pip
  - pip:
      - aiokafka==0.7.2  # held
      - 'faust'
      - -r more.txt
";
    assert_eq!(
        stated("environment.yml", text),
        [
            "5 kafka-python =1.4.7 @=1.4.7",
            "6 confluent-kafka ~=1.7 @=1.7",
            "7 lz4 =4.0.2 @==4.0.2",
            "8 avro ~>=1.10 @>=1.10",
            "9 six * @name",
            "10 fastavro =1.4 @=1.4=py39_0",
            "13 aiokafka =0.7.2 @==0.7.2",
            "14 faust * @name",
        ]
    );
    assert!(stated("environment.yaml", "kind: Environment\nspec: {}\n").is_empty());
}
