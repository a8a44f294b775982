use super::{gaps, stated};

#[test]
fn a_gemfile_is_read_with_its_groups_and_sources() {
    let text = "\
source 'https://gems.example'
ruby '3.2.2'

gem 'ruby-kafka', '1.5.0'
gem \"rdkafka\", \"= 0.12.0\", require: false
gem 'karafka', '~> 2.0', '>= 2.0.4' # 'x'
gem 'racecar'
gem 'avro_turf', git: 'https://git.example/avro_turf.git', ref: 'deadbeef'
gem 'shop', path: '../shop'
gem 'phobos', VERSION
gem('waterdrop', '>= 2', group: :test)
gem 'pry', group: [:development, :test], require: 'pry-byebug'
gem 'delivery_boy' if ENV['KAFKA']

group :development, :test do
  gem 'rspec'
  platforms :ruby do
    gem 'byebug', '11.1.3'
  end
end

group :production do
  gem 'puma', '~> 6'
end

git 'https://git.example/x.git', tag: 'v1.2.3' do
  gem 'x'
end
gem 'multi',
    '1.0.0',
    require: false
";
    assert_eq!(
        stated("Gemfile", text),
        [
            "4 ruby-kafka =1.5.0 @1.5.0",
            "5 rdkafka =0.12.0 @= 0.12.0",
            "6 karafka ~~> 2.0, >= 2.0.4 @~> 2.0', '>= 2.0.4",
            "7 racecar * @name",
            "8 avro_turf source(deadbeef) @name",
            "9 shop elsewhere(a local path) @name",
            "10 phobos unknown(VERSION) @name",
            "11 waterdrop ~>= 2 @>= 2 dev",
            "12 pry * @name dev",
            "13 delivery_boy * @name",
            "16 rspec * @name dev",
            "18 byebug =11.1.3 @11.1.3 dev",
            "23 puma ~~> 6 @~> 6",
            "27 x source(v1.2.3) @name",
            "30 multi =1.0.0 @1.0.0",
        ]
    );
}

#[test]
fn a_gem_specification_tells_its_own_needs_from_its_developers() {
    let text = "\
Gem::Specification.new do |spec|
  spec.name = 'shop'
  spec.add_dependency 'ruby-kafka', '~> 1.5'
  spec.add_runtime_dependency(%q<rdkafka>.freeze, [\"= 0.12.0\"])
  spec.add_development_dependency \"rspec\"
end
";
    assert_eq!(
        stated("shop.gemspec", text),
        ["3 ruby-kafka ~~> 1.5 @~> 1.5", "4 rdkafka =0.12.0 @= 0.12.0", "5 rspec * @name dev"]
    );
}

#[test]
fn a_gemfile_lock_gives_what_was_resolved_and_not_what_was_asked() {
    let text = "\
GIT
  remote: https://git.example/x.git
  revision: deadbeefdeadbeef
  specs:
    x (0.1.0)

PATH
  remote: .
  specs:
    shop (1.0.0)

GEM
  remote: https://gems.example/
  specs:
    nokogiri (1.15.0-x86_64-linux)
      racc (~> 1.4)
    ruby-kafka (1.5.0)
      digest-crc

PLATFORMS
  ruby

DEPENDENCIES
  ruby-kafka (= 1.5.0)
";
    assert_eq!(
        stated("Gemfile.lock", text),
        [
            "3 x source(deadbeefdeadbeef) @deadbeefdeadbeef lock",
            "15 nokogiri =1.15.0 @1.15.0 lock",
            "17 ruby-kafka =1.5.0 @1.5.0 lock",
        ]
    );
}

#[test]
fn another_gemfile_that_is_read_is_a_gap() {
    assert_eq!(
        gaps("Gemfile", "eval_gemfile 'common.rb'\n"),
        ["eval_gemfile 'common.rb': another Gemfile is read"]
    );
}
