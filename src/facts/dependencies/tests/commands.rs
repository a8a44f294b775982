use super::{gaps, stated};

#[test]
fn a_dockerfile_is_read_by_its_run_instructions() {
    let text = r#"# RUN pip install commented==1
FROM python:3.9
ARG KAFKA_VERSION=1.4.7
ENV AVRO 1.11.0
LABEL usage="pip install label"
RUN pip install --no-cache-dir -U -r requirements.txt -i https://index.example/simple
RUN --mount=type=cache,target=/root/.cache pip3 install kafka-python==$KAFKA_VERSION 'confluent-kafka>=1.7' \
    # a remark
    aiokafka && \
    echo "pip install echoed" && python3.9 -m pip install "avro==${AVRO}" ./local dist/x.whl
RUN apt-get update && apt-get install -y librdkafka-dev && rm -rf /x; npm i -g kafkajs@2.2.4 @scope/kafka node-rdkafka@^2
RUN ["pip", "install", "pykafka==2.8.0"]
RUN sh -c 'gem install ruby-kafka -v 1.5.0 && gem install karafka:2.0.0 racecar'
RUN pip install faust>=1.10
RUN <<EOF
pip install shared
EOF
RUN go install example.com/tool/cmd@latest && go install example.com/tool@v1.2.3 && cargo install kcat@1.0.0
RUN pecl install rdkafka-6.0.3 && install-php-extensions redis && composer require a/b:^1.0 c/d
RUN dotnet add package Confluent.Kafka --version 2.3.0 && dotnet tool install -g X
CMD ["pip", "install", "never"]
"#;
    assert_eq!(
        stated("Dockerfile", text),
        [
            "3 kafka-python =1.4.7 @1.4.7 install",
            "7 confluent-kafka ~>=1.7 @>=1.7 install",
            "9 aiokafka * @name install",
            "4 avro =1.11.0 @1.11.0 install",
            "11 kafkajs =2.2.4 @2.2.4 install",
            "11 @scope/kafka * @name install",
            "11 node-rdkafka ~^2 @^2 install",
            "12 pykafka =2.8.0 @==2.8.0 install",
            "13 ruby-kafka =1.5.0 @1.5.0 install",
            "13 karafka =2.0.0 @2.0.0 install",
            "13 racecar * @name install",
            "14 faust * @name install",
            "16 shared * @name install",
            "18 example.com/tool/cmd * @latest install",
            "18 example.com/tool =v1.2.3 @v1.2.3 install",
            "18 kcat =1.0.0 @1.0.0 install",
            "19 ext-rdkafka =6.0.3 @6.0.3 install",
            "19 ext-redis * @name install",
            "19 a/b ~^1.0 @^1.0 install",
            "19 c/d * @name install",
            "20 confluent.kafka =2.3.0 @2.3.0 install",
            "20 x * @name install",
        ]
    );
}

#[test]
fn a_workflow_is_read_by_what_it_runs() {
    let text = "\
name: pip install title
on: push
env:
  KAFKA: 2.0.2
jobs:
  test:
    steps:
      - name: pip install name
        uses: actions/checkout@v4
        with:
          description: |
            pip install described
      - run: pip install kafka-python==${{ matrix.kafka }} pytest
      - name: x
        run: |
          # pip install commented
          python -m pip install \"kafka-python==$KAFKA\" \\
            -r requirements.txt
          if true; then uv pip install --system aiokafka; fi
        shell: bash
      - run: \"npm install kafkajs\"
";
    assert_eq!(
        stated(".github/workflows/ci.yml", text),
        [
            "13 kafka-python elsewhere(a variable of another file: ==${{ matrix.kafka }}) @==${{ matrix.kafka }} install",
            "13 pytest * @name install",
            "4 kafka-python =2.0.2 @2.0.2 install",
            "19 aiokafka * @name install",
            "21 kafkajs * @name install",
        ]
    );
    let gitlab = "\
test:
  image: python:3.9
  before_script:
    - pip install kafka-python
    - |
      pip install aiokafka==0.7.2
      poetry add faust@^1.10
  variables:
    - pip install nothing
  script: [\"x\"]
";
    assert_eq!(
        stated(".gitlab-ci.yml", gitlab),
        [
            "4 kafka-python * @name install",
            "6 aiokafka =0.7.2 @==0.7.2 install",
            "7 faust ~^1.10 @^1.10 install",
        ]
    );
}

#[test]
fn a_shell_script_and_a_pipeline_are_read() {
    let text = "\
#!/bin/sh
PACKAGES=\"kafka-python==1.4.7 requests\"
sudo -H pip install $PACKAGES $PIP_ARGS
cat <<EOF
pip install shown
EOF
conda install -c conda-forge kafka-python=1.4.7 lz4=3
VENV=x ${VENV}/bin/pip install -e . six
yarn add kafkajs@latest --dev
";
    assert_eq!(
        stated("setup.sh", text),
        [
            "2 kafka-python =1.4.7 @==1.4.7 install",
            "2 requests * @name install",
            "7 kafka-python =1.4.7 @=1.4.7 install",
            "7 lz4 ~=3 @=3 install",
            "8 six * @name install",
            "9 kafkajs * @latest install dev",
        ]
    );
    let pipeline = "node {\n  // sh 'pip install a'\n  sh 'pip install kafka-python'\n  sh(script: \"\"\"\n    npm i kafkajs@1.16.0\n  \"\"\")\n  echo 'pip install b'\n}\n";
    assert_eq!(
        stated("Jenkinsfile", pipeline),
        ["3 kafka-python * @name install", "5 kafkajs =1.16.0 @1.16.0 install"]
    );
}

#[test]
fn a_package_whose_name_is_a_variable_is_a_gap() {
    assert_eq!(
        gaps("x.sh", "pip install $UNSET $PIP_OPTS\n"),
        ["$UNSET: an installed package whose name is a variable"]
    );
}
