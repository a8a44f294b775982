use super::stated;

#[test]
fn a_go_module_names_one_version_of_each() {
    let text = "\
module example.com/shop

go 1.22

require github.com/IBM/sarama v1.42.0 // keep
require (
\tgithub.com/segmentio/kafka-go v0.4.38
\t// github.com/not/this v1.0.0
\tgithub.com/twmb/franz-go v1.15.4 // indirect
)

replace (
\tgithub.com/Shopify/sarama v1.38.0 => github.com/IBM/sarama v1.41.0
\tgithub.com/local/mod => ../mod
)
exclude github.com/old/mod v0.1.0
";
    assert_eq!(
        stated("go.mod", text),
        [
            "5 github.com/IBM/sarama =v1.42.0 @v1.42.0",
            "7 github.com/segmentio/kafka-go =v0.4.38 @v0.4.38",
            "9 github.com/twmb/franz-go =v1.15.4 @v1.15.4",
            "13 github.com/IBM/sarama =v1.41.0 @v1.41.0",
        ]
    );
}
