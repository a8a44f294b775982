use super::stated;

#[test]
fn a_pom_is_read_with_the_versions_where_they_are_written() {
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent>
    <groupId>org.springframework.boot</groupId>
    <artifactId>spring-boot-starter-parent</artifactId>
    <version>2.7.0</version>
    <relativePath/>
  </parent>
  <groupId>example</groupId>
  <artifactId>shop</artifactId>
  <version>1.0-SNAPSHOT</version>
  <properties>
    <kafka.version>2.8.1</kafka.version>
    <streams.version>${kafka.version}</streams.version>
  </properties>
  <dependencyManagement>
    <dependencies>
      <dependency>
        <groupId>io.confluent</groupId>
        <artifactId>kafka-bom</artifactId>
        <version>7.4.0-ccs</version>
        <type>pom</type>
        <scope>import</scope>
      </dependency>
    </dependencies>
  </dependencyManagement>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-clients</artifactId>
      <version>${kafka.version}</version>
    </dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-streams</artifactId><version>${streams.version}</version></dependency>
    <dependency><groupId>org.springframework.kafka</groupId><artifactId>spring-kafka</artifactId></dependency>
    <dependency><groupId>org.springframework.kafka</groupId><artifactId>spring-kafka-test</artifactId><version>[2,3)</version><scope>test</scope></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>core</artifactId><version>${project.version}</version></dependency>
    <dependency><groupId>a.b</groupId><artifactId>c</artifactId><version>${set.by.parent}</version></dependency>
    <dependency><groupId>a.b</groupId><artifactId>d</artifactId><version>LATEST</version></dependency>
    <dependency><groupId>a.b</groupId><artifactId>e</artifactId><version>[1.5]</version></dependency>
    <!-- <dependency><groupId>x</groupId><artifactId>y</artifactId><version>1</version></dependency> -->
  </dependencies>
  <build><plugins><plugin><groupId>p</groupId><artifactId>q</artifactId><version>1</version></plugin></plugins></build>
  <profiles>
    <profile><id>old</id><dependencies><dependency><groupId>a.b</groupId><artifactId>f</artifactId><version>1.0</version></dependency></dependencies></profile>
  </profiles>
</project>
"#;
    assert_eq!(
        stated("pom.xml", text),
        [
            "6 org.springframework.boot:spring-boot-starter-parent =2.7.0 @2.7.0",
            "21 io.confluent:kafka-bom =7.4.0-ccs @7.4.0-ccs",
            "13 org.apache.kafka:kafka-clients =2.8.1 @2.8.1",
            "13 org.apache.kafka:kafka-streams =2.8.1 @2.8.1",
            "34 org.springframework.kafka:spring-kafka elsewhere(managed by a parent, a platform or a BOM) @name",
            "35 org.springframework.kafka:spring-kafka-test ~[2,3) @[2,3) dev",
            "36 example:core elsewhere(this project's own version) @${project.version}",
            "37 a.b:c elsewhere(a variable of another file: ${set.by.parent}) @${set.by.parent}",
            "38 a.b:d * @LATEST",
            "39 a.b:e =1.5 @[1.5]",
            "44 a.b:f =1.0 @1.0",
        ]
    );
}

#[test]
fn xml_that_is_no_pom_states_nothing() {
    assert!(stated("pom.xml", "<settings><a/></settings>").is_empty());
}

#[test]
fn a_property_that_other_files_use_is_stated_by_its_subject() {
    let text = "\
<project>
  <properties>
    <version.kafka>3.4.0</version.kafka>
    <used.version>1.0</used.version>
    <java.home>1.8</java.home>
  </properties>
  <dependencies><dependency><groupId>a.b</groupId><artifactId>c</artifactId><version>${used.version}</version></dependency></dependencies>
</project>
";
    assert_eq!(stated("pom.xml", text), ["3 ${kafka} =3.4.0 @3.4.0", "4 a.b:c =1.0 @1.0"]);
}
