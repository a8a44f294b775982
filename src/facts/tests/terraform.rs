use super::{facts, image_at, images};
use crate::facts::{ImageOrigin, Recognised, System};

const MAIN: &str = r#"
resource "aws_ecs_task_definition" "web" {
  container_definitions = jsonencode([
    { name = "web", image = "registry.example/web:latest" },
    { name = "log", image = "registry.example/log:${var.tag}" },
  ])
}

resource "aws_ecs_task_definition" "old" {
  container_definitions = <<EOT
[{ "name": "side", "image": "registry.example/side:1.2" }]
EOT
}

resource "kubernetes_deployment" "api" {
  spec { template { spec {
    container {
      name  = "api"
      image = "registry.example:5000/api"
    }
    container {
      name  = "proxy"
      image = var.proxy
    }
  } } }
}

resource "aws_instance" "vm" { image = "debian:12" }

module "database" { source = "./postgres" }

moved {
  from = aws_lb.old
  to   = aws_lb.new
}

removed {
  from = aws_sqs_queue.jobs
  lifecycle { destroy = false }
}

removed {
  from = aws_sns_topic.events
}
"#;

#[test]
fn a_configuration_makes_resources_and_names_images() {
    let facts = facts("terraform/prod/main.tf", MAIN);
    assert_eq!(facts.recognised.iter().collect::<Vec<_>>(), [&Recognised::Terraform]);
    let names: Vec<_> =
        facts.resources.iter().map(|one| (one.id.kind.as_str(), one.id.name.as_str())).collect();
    assert_eq!(
        names,
        [
            ("aws_ecs_task_definition", "web"),
            ("aws_ecs_task_definition", "old"),
            ("kubernetes_deployment", "api"),
            ("aws_instance", "vm"),
            ("module", "database"),
        ]
    );
    assert!(facts.resources.iter().all(|one| one.id.system == System::Terraform));
    assert_eq!(facts.source.slice(facts.resources[1].name_span), "old");
    let web = "aws_ecs_task_definition.web, container web".to_owned();
    assert_eq!(
        images(&facts),
        [
            (web, "registry.example/web:latest".to_owned()),
            ("aws_ecs_task_definition.old".to_owned(), "registry.example/side:1.2".to_owned()),
            ("kubernetes_deployment.api, container api".to_owned(), "registry.example:5000/api".to_owned()),
        ]
    );
    assert!(facts.images.iter().all(|image| image.origin == ImageOrigin::Terraform));
    assert_eq!(image_at(&facts, &facts.images[0]), "latest");
    assert_eq!(image_at(&facts, &facts.images[1]), "1.2");
}

#[test]
fn what_lives_on_is_let_go_and_what_is_destroyed_is_not() {
    assert_eq!(facts("main.tf", MAIN).let_go, ["aws_lb.old", "aws_sqs_queue.jobs"]);
}

#[test]
fn values_of_variables_choose_tags_and_images() {
    let text = "image_tag = \"latest\"\ngit_tag = \"latest\"\nweb_image_tag = \"\"\ncontainer_image = \"a/b:main\"\nimage_tags = [\"x\"]\n";
    let facts = facts("prod.tfvars", text);
    let found: Vec<_> =
        facts.images.iter().map(|image| (image.reference.as_str(), image_at(&facts, image))).collect();
    assert_eq!(found, [("latest", "latest"), ("a/b:main", "main")]);
}
