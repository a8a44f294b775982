use super::stated;

#[test]
fn a_groovy_build_is_read_in_all_its_notations() {
    let text = r#"
plugins { id 'org.springframework.boot' version '3.1.0' }
ext {
    kafkaVersion = '2.8.0'
    versions = [ streams: '3.4.0', 'other': '1' ]
}
def clients = "3.0.0"
ext.dynamic = project.property('x')
dependencies {
    // implementation 'commented:out:1.0'
    implementation 'org.apache.kafka:kafka-clients:2.8.1'
    implementation "org.apache.kafka:kafka-streams:$versions.streams"
    implementation "org.apache.kafka:connect-api:${kafkaVersion}"
    api("org.apache.kafka:kafka-clients:${rootProject.ext.clients}")
    implementation 'org.springframework.kafka:spring-kafka'
    implementation group: 'org.apache.kafka', name: 'kafka-clients', version: '2.7.0'
    implementation group: 'org.apache.kafka', name: 'kafka-raft', version: kafkaVersion
    testImplementation 'org.springframework.kafka:spring-kafka-test:2.+'
    runtimeOnly 'io.confluent:kafka-avro-serializer:latest.release'
    implementation platform('org.springframework.boot:spring-boot-dependencies:3.1.0')
    implementation 'org.apache.kafka:kafka-clients:' + kafkaVersion
    implementation "org.apache.kafka:kafka-tools:$elsewhere"
    implementation('org.apache.kafka:trogdor:[2.0,3.0)') { exclude group: 'org.slf4j', module: 'slf4j-api' }
    implementation('org.apache.kafka:shell') { version { strictly '2.5.0' } }
    implementation project(':core:util')
    implementation libs.kafka.clients
    compile 'a.b:c:1.0:tests@jar'
}
dependencyManagement {
    imports { mavenBom 'org.springframework.cloud:spring-cloud-dependencies:2022.0.3' }
    dependencies {
        dependencySet(group: 'org.apache.kafka', version: '3.5.0') {
            entry 'kafka-clients'
            entry('kafka-metadata') { exclude 'x:y' }
        }
    }
}
environment 'BROKERS', 'broker:9092:x'
def image = "repo.example/x:y:1"
"#;
    assert_eq!(
        stated("build.gradle", text),
        [
            "11 org.apache.kafka:kafka-clients =2.8.1 @2.8.1",
            "5 org.apache.kafka:kafka-streams =3.4.0 @3.4.0",
            "4 org.apache.kafka:connect-api =2.8.0 @2.8.0",
            "7 org.apache.kafka:kafka-clients =3.0.0 @3.0.0",
            "15 org.springframework.kafka:spring-kafka elsewhere(managed by a parent, a platform or a BOM) @name",
            "16 org.apache.kafka:kafka-clients =2.7.0 @2.7.0",
            "4 org.apache.kafka:kafka-raft =2.8.0 @2.8.0",
            "18 org.springframework.kafka:spring-kafka-test ~2.+ @2.+ dev",
            "19 io.confluent:kafka-avro-serializer * @latest.release",
            "20 org.springframework.boot:spring-boot-dependencies =3.1.0 @3.1.0",
            "4 org.apache.kafka:kafka-clients =2.8.0 @2.8.0",
            "22 org.apache.kafka:kafka-tools elsewhere(a variable of another file: $elsewhere) @$elsewhere",
            "23 org.apache.kafka:trogdor ~[2.0,3.0) @[2.0,3.0)",
            "24 org.apache.kafka:shell =2.5.0 @2.5.0",
            "27 a.b:c =1.0 @1.0",
            "30 org.springframework.cloud:spring-cloud-dependencies =2022.0.3 @2022.0.3",
            "32 org.apache.kafka:kafka-clients =3.5.0 @3.5.0",
            "32 org.apache.kafka:kafka-metadata =3.5.0 @3.5.0",
        ]
    );
}

#[test]
fn a_kotlin_build_is_read_in_all_its_notations() {
    let text = r#"
val kafkaVersion: String by project
val streamsVersion = "3.4.0"
val clientsVersion by extra("3.5.1")
extra["raft"] = "3.6.0"
dependencies {
    implementation("org.apache.kafka:kafka-clients:$clientsVersion")
    implementation("org.apache.kafka:kafka-streams:${streamsVersion}")
    implementation("org.apache.kafka:kafka-raft:${extra["raft"]}")
    implementation("org.apache.kafka:kafka-tools:$kafkaVersion")
    "testImplementation"("org.apache.kafka:kafka-test:3.4.0")
    implementation("org.apache.kafka", "connect-api", "3.1.0")
    implementation(group = "org.apache.kafka", name = "connect-json", version = streamsVersion)
    implementation(platform("org.apache.kafka:bom:3.2.0"))
    api(libs.kafka.clients)
    testImplementation(kotlin("test"))
    add("testImplementation", "a.b:c:1.0")
}
"#;
    assert_eq!(
        stated("build.gradle.kts", text),
        [
            "4 org.apache.kafka:kafka-clients =3.5.1 @3.5.1",
            "3 org.apache.kafka:kafka-streams =3.4.0 @3.4.0",
            "5 org.apache.kafka:kafka-raft =3.6.0 @3.6.0",
            "10 org.apache.kafka:kafka-tools elsewhere(a variable of another file: $kafkaVersion) @$kafkaVersion",
            "11 org.apache.kafka:kafka-test =3.4.0 @3.4.0 dev",
            "12 org.apache.kafka:connect-api =3.1.0 @3.1.0",
            "3 org.apache.kafka:connect-json =3.4.0 @3.4.0",
            "14 org.apache.kafka:bom =3.2.0 @3.2.0",
            "17 a.b:c =1.0 @1.0 dev",
        ]
    );
}

#[test]
fn a_table_of_libraries_in_a_script_is_read() {
    let text = r#"
versions += [ kafka: "3.4.0" ]
libs += [
  kafkaClients: "org.apache.kafka:kafka-clients:$versions.kafka",
  kafkaScala: "org.apache.kafka:kafka_$versions.scala:$versions.kafka"
]
"#;
    assert_eq!(
        stated("gradle/dependencies.gradle", text),
        [
            "2 org.apache.kafka:kafka-clients =3.4.0 @3.4.0",
            "2 org.apache.kafka:kafka_$versions.scala =3.4.0 @3.4.0"
        ]
    );
}

#[test]
fn a_gradle_lock_gives_what_was_resolved() {
    let text = "\
# This is a Gradle generated file for dependency locking.
org.apache.kafka:kafka-clients:3.4.0=compileClasspath,runtimeClasspath
org.junit:junit:4.13=testCompileClasspath,testRuntimeClasspath
empty=annotationProcessor
";
    assert_eq!(
        stated("gradle.lockfile", text),
        ["2 org.apache.kafka:kafka-clients =3.4.0 @3.4.0 lock", "3 org.junit:junit =4.13 @4.13 lock dev"]
    );
}

#[test]
fn an_sbt_build_is_read() {
    let text = r#"
val kafkaVersion = "2.8.0"
object Versions { val streams = "3.0.0" }
libraryDependencies ++= Seq(
  "org.apache.kafka" % "kafka-clients" % kafkaVersion,
  "org.apache.kafka" %% "kafka-streams-scala" % Versions.streams,
  "io.github.embeddedkafka" %% "embedded-kafka" % "3.4.0" % Test,
  "com.typesafe.akka" %% "akka-stream-kafka" % other.version, // "a" % "b" % "c"
)
"#;
    assert_eq!(
        stated("build.sbt", text),
        [
            "2 org.apache.kafka:kafka-clients =2.8.0 @2.8.0",
            "3 org.apache.kafka:kafka-streams-scala =3.0.0 @3.0.0",
            "7 io.github.embeddedkafka:embedded-kafka =3.4.0 @3.4.0 dev",
            "8 com.typesafe.akka:akka-stream-kafka elsewhere(a variable of another file: other.version) @other.version",
        ]
    );
}

#[test]
fn a_version_catalogue_is_read_with_the_versions_where_they_are_written() {
    let text = "\
[versions]
kafka = \"3.4.0\"
avro = { strictly = \"[1.10, 1.12)\", prefer = \"1.11\" }

[libraries]
kafka-clients = { module = \"org.apache.kafka:kafka-clients\", version.ref = \"kafka\" }
kafka-streams = { group = \"org.apache.kafka\", name = \"kafka-streams\", version = \"3.5.+\" }
avro = { module = \"org.apache.avro:avro\", version.ref = \"avro\" }
spring-kafka = { module = \"org.springframework.kafka:spring-kafka\" }
raft = \"org.apache.kafka:kafka-raft:3.6.0\"
lost = { module = \"a.b:c\", version.ref = \"nowhere\" }

[plugins]
boot = { id = \"org.springframework.boot\", version = \"3.1.0\" }
";
    assert_eq!(
        stated("gradle/libs.versions.toml", text),
        [
            "2 org.apache.kafka:kafka-clients =3.4.0 @3.4.0",
            "7 org.apache.kafka:kafka-streams ~3.5.+ @3.5.+",
            "3 org.apache.avro:avro ~[1.10, 1.12) @[1.10, 1.12)",
            "9 org.springframework.kafka:spring-kafka elsewhere(managed by a parent, a platform or a BOM) @name",
            "10 org.apache.kafka:kafka-raft =3.6.0 @3.6.0",
            "11 a.b:c unknown(nowhere) @nowhere",
        ]
    );
}

#[test]
fn versions_that_are_held_for_other_files_are_stated_by_their_subject() {
    assert_eq!(
        stated("gradle.properties", "# kafkaVersion=1\nkafkaVersion=3.4.0\norg.gradle.jvmargs=-Xmx1g\n"),
        ["2 ${kafka} =3.4.0 @3.4.0"]
    );
    assert_eq!(
        stated("build.gradle", "ext {\n  kafkaVersion = '3.4.0'\n  name = '1.0'\n}\n"),
        ["2 ${kafka} =3.4.0 @3.4.0"]
    );
    let kotlin = "object Versions {\n  const val kafka = \"3.4.0\"\n  const val clients = \"org.apache.kafka:kafka-clients:$kafka\"\n  const val avro = \"1.11\"\n}\n";
    assert_eq!(
        stated("buildSrc/src/main/kotlin/Versions.kt", kotlin),
        ["2 org.apache.kafka:kafka-clients =3.4.0 @3.4.0", "4 ${avro} =1.11 @1.11"]
    );
    let scala = "object Versions {\n  val kafka = \"3.4.0\"\n}\n";
    assert_eq!(stated("project/Versions.scala", scala), ["2 ${kafka} =3.4.0 @3.4.0"]);
}

#[test]
fn a_version_that_is_held_loosely_for_other_files_is_no_pin() {
    assert_eq!(
        stated("gradle.properties", "kafkaVersion=3.+\navroVersion=[1.10,1.12)\n"),
        ["1 ${kafka} ~3.+ @3.+", "2 ${avro} ~[1.10,1.12) @[1.10,1.12)",]
    );
}
