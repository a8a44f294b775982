use super::stated;

#[test]
fn a_mix_project_is_read() {
    let text = "\
defmodule Shop.MixProject do
  use Mix.Project
  @broadway \"~> 0.3\"

  def project do
    [app: :shop, version: \"0.1.0\", elixir: \"~> 1.14\", aliases: [{:ok, \"x\"}]]
  end

  defp deps do
    [
      {:brod, \"~> 3.16\"},
      {:kafka_ex, \"0.13.0\"},
      {:broadway_kafka, @broadway, override: true},
      {:elsa, \"== 1.0.0\"}, # {:no, \"1.0.0\"}
      {:avro, \">= 0.0.0\"},
      {:credo, \"~> 1.6\", only: [:dev, :test], runtime: false},
      {:mox, \"~> 1.0\", only: :test},
      {:klife, github: \"x/klife\", tag: \"v0.1.2\"},
      {:fork, git: \"https://git.example/x.git\", branch: \"main\"},
      {:shared, path: \"../shared\"},
      {:core, in_umbrella: true},
      {:late, version()}
    ]
  end
end
";
    assert_eq!(
        stated("mix.exs", text),
        [
            "11 brod ~~> 3.16 @~> 3.16",
            "12 kafka_ex =0.13.0 @0.13.0",
            "3 broadway_kafka ~~> 0.3 @~> 0.3",
            "14 elsa =1.0.0 @== 1.0.0",
            "15 avro * @>= 0.0.0",
            "16 credo ~~> 1.6 @~> 1.6 dev",
            "17 mox ~~> 1.0 @~> 1.0 dev",
            "18 klife source(v0.1.2) @name",
            "19 fork * @name",
            "20 shared elsewhere(a local path) @name",
            "21 core elsewhere(a local path) @name",
            "22 late unknown(version) @version",
        ]
    );
}

#[test]
fn a_mix_lock_is_read() {
    let text = "\
%{
  \"brod\": {:hex, :brod, \"3.16.1\", \"aa\", [:rebar3], [{:kafka_protocol, \"4.0.1\", [hex: :kafka_protocol]}], \"hexpm\", \"bb\"},
  \"fork\": {:git, \"https://git.example/x.git\", \"deadbeef\", []},
}
";
    assert_eq!(
        stated("mix.lock", text),
        ["2 brod =3.16.1 @3.16.1 lock", "3 fork source(deadbeef) @deadbeef lock"]
    );
}
