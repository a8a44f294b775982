use super::stated;

#[test]
fn a_project_of_dotnet_is_read() {
    let text = r#"<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <KafkaVersion>1.9.3</KafkaVersion>
  </PropertyGroup>
  <ItemGroup>
    <!-- <PackageReference Include="Commented" Version="1.0.0" /> -->
    <PackageReference Include="Confluent.Kafka" Version="$(KafkaVersion)" />
    <PackageReference Include="Confluent.SchemaRegistry"><Version>2.3.0</Version></PackageReference>
    <PackageReference Include="KafkaFlow" Version="3.*" />
    <PackageReference Include="Streamiz.Kafka.Net" Version="[1.5.0]" />
    <PackageReference Include="DotNetCore.CAP.Kafka" Version="[7.0,8.0)" />
    <PackageReference Include="Floating" Version="*" />
    <PackageReference Include="Central" />
    <PackageReference Include="Unset" Version="$(Nowhere)" />
    <PackageReference Include="Analyzers" Version="1.0.0" PrivateAssets="all" />
    <ProjectReference Include="..\Core\Core.csproj" />
  </ItemGroup>
  <Choose><When Condition="x"><ItemGroup><PackageReference Include="Chosen" Version="2.0.0" /></ItemGroup></When></Choose>
</Project>
"#;
    assert_eq!(
        stated("src/Shop/Shop.csproj", text),
        [
            "3 confluent.kafka =1.9.3 @1.9.3",
            "8 confluent.schemaregistry =2.3.0 @2.3.0",
            "9 kafkaflow ~3.* @3.*",
            "10 streamiz.kafka.net =1.5.0 @[1.5.0]",
            "11 dotnetcore.cap.kafka ~[7.0,8.0) @[7.0,8.0)",
            "12 floating * @*",
            "13 central elsewhere(managed centrally) @name",
            "14 unset elsewhere(a variable of another file: $(Nowhere)) @$(Nowhere)",
            "15 analyzers =1.0.0 @1.0.0 dev",
            "18 chosen =2.0.0 @2.0.0",
        ]
    );
    let tests =
        r#"<Project><ItemGroup><PackageReference Include="Moq" Version="4.0.0" /></ItemGroup></Project>"#;
    assert_eq!(stated("Shop.UnitTests.csproj", tests), ["1 moq =4.0.0 @4.0.0 dev"]);
}

#[test]
fn central_versions_and_the_older_list_are_read() {
    let central = r#"<Project>
  <ItemGroup>
    <PackageVersion Include="Confluent.Kafka" Version="2.3.0" />
    <GlobalPackageReference Include="Tool" Version="1.0.0" />
  </ItemGroup>
</Project>"#;
    assert_eq!(
        stated("Directory.Packages.props", central),
        ["3 confluent.kafka =2.3.0 @2.3.0", "4 tool =1.0.0 @1.0.0"]
    );
    let older = r#"<?xml version="1.0"?>
<packages>
  <package id="Confluent.Kafka" version="0.11.6" targetFramework="net461" />
  <package id="Tool" version="1.0.0" developmentDependency="true" />
</packages>"#;
    assert_eq!(
        stated("packages.config", older),
        ["3 confluent.kafka =0.11.6 @0.11.6", "4 tool =1.0.0 @1.0.0 dev"]
    );
}

#[test]
fn a_lock_of_nuget_is_read() {
    let text = r#"{
  "version": 1,
  "dependencies": {
    "net6.0": {
      "Confluent.Kafka": { "type": "Direct", "requested": "[1.9.3, )", "resolved": "1.9.3" },
      "core": { "type": "Project" }
    }
  }
}"#;
    assert_eq!(stated("packages.lock.json", text), ["5 confluent.kafka =1.9.3 @1.9.3 lock"]);
}

#[test]
fn a_property_that_other_projects_use_is_stated_by_its_subject() {
    let text = "<Project>\n  <PropertyGroup>\n    <ConfluentKafkaVersion>2.3.0</ConfluentKafkaVersion>\n  </PropertyGroup>\n</Project>";
    assert_eq!(stated("Directory.Build.props", text), ["3 ${confluent-kafka} =2.3.0 @2.3.0"]);
}
