use super::stated;

#[test]
fn a_composer_manifest_is_read_and_its_platform_left_alone() {
    let text = r#"{
  "require": {
    "php": ">=8.1",
    "ext-rdkafka": "*",
    "mateusjunges\/laravel-kafka": "^1.13",
    "enqueue/rdkafka": "0.10.19"
  },
  "require-dev": { "phpunit/phpunit": "dev-main" }
}"#;
    assert_eq!(
        stated("composer.json", text),
        [
            "3 php elsewhere(a part of the platform) @>=8.1",
            "4 ext-rdkafka elsewhere(a part of the platform) @*",
            "5 mateusjunges/laravel-kafka ~^1.13 @^1.13",
            "6 enqueue/rdkafka =0.10.19 @0.10.19",
            "8 phpunit/phpunit * @dev-main dev",
        ]
    );
}

#[test]
fn a_composer_lock_is_read() {
    let text = r#"{
  "packages": [
    { "name": "enqueue/rdkafka", "version": "0.10.19", "source": { "reference": "aabbccddeeff" } },
    { "name": "a/b", "version": "dev-main", "source": { "reference": "deadbeefdead" } }
  ],
  "packages-dev": [ { "name": "phpunit/phpunit", "version": "v10.0.1" } ]
}"#;
    assert_eq!(
        stated("composer.lock", text),
        [
            "3 enqueue/rdkafka =0.10.19 @0.10.19 lock",
            "4 a/b source(deadbeefdead) @deadbeefdead lock",
            "6 phpunit/phpunit =v10.0.1 @v10.0.1 lock dev",
        ]
    );
}
