//! What a kind of object is a sign of, by its name alone.

use super::Sign;
use crate::facts::{ResourceId, System};

/// Kinds of Kubernetes objects, and beginnings of Terraform's and `CloudFormation`'s types.
const KINDS: [(Sign, &[&str]); 3] = [
    (Sign::Dns, &["DNSEndpoint", "DNSRecord", "DNSRecordSet", "ManagedZone", "RecordSet", "DNSZone"]),
    (
        Sign::Ingress,
        &[
            "Ingress",
            "Route",
            "Gateway",
            "HTTPRoute",
            "GRPCRoute",
            "TCPRoute",
            "TLSRoute",
            "VirtualService",
            "IngressRoute",
            "HTTPProxy",
            "Mapping",
            "Host",
            "KongIngress",
            "ApisixRoute",
            "DomainMapping",
        ],
    ),
    (
        Sign::Alerts,
        &[
            "PrometheusRule",
            "AlertmanagerConfig",
            "Alertmanager",
            "Prometheus",
            "VMRule",
            "VMAlertmanagerConfig",
        ],
    ),
];

const TYPES: [(Sign, &[&str]); 3] = [
    (
        Sign::Dns,
        &[
            "aws_route53_",
            "google_dns_",
            "azurerm_dns_",
            "azurerm_private_dns_",
            "cloudflare_record",
            "cloudflare_dns_record",
            "digitalocean_record",
            "ns1_record",
            "akamai_dns_record",
            "ovh_domain_zone_",
            "dns_a_record",
            "dns_cname_record",
            "AWS::Route53::RecordSet",
        ],
    ),
    (
        Sign::Ingress,
        &[
            "aws_lb",
            "aws_alb",
            "aws_elb",
            "aws_api_gateway",
            "aws_apigatewayv2",
            "aws_cloudfront_distribution",
            "google_compute_forwarding_rule",
            "google_compute_global_forwarding_rule",
            "google_compute_url_map",
            "azurerm_application_gateway",
            "azurerm_frontdoor",
            "azurerm_lb",
            "kubernetes_ingress",
            "AWS::ElasticLoadBalancing",
            "AWS::ApiGateway",
            "AWS::CloudFront::Distribution",
        ],
    ),
    (
        Sign::Alerts,
        &[
            "aws_cloudwatch_metric_alarm",
            "grafana_rule_group",
            "grafana_contact_point",
            "pagerduty_",
            "AWS::CloudWatch::Alarm",
        ],
    ),
];

/// Each sign that a thing of this kind is.
pub(super) fn of_kind(id: &ResourceId) -> Vec<Sign> {
    match id.system {
        System::Kubernetes => KINDS
            .into_iter()
            .filter(|(_, kinds)| kinds.contains(&id.kind.as_str()))
            .map(|(sign, _)| sign)
            .collect(),
        System::Terraform | System::CloudFormation => TYPES
            .into_iter()
            .filter(|(_, types)| types.iter().any(|start| id.kind.starts_with(start)))
            .map(|(sign, _)| sign)
            .collect(),
        System::Compose | System::Helm | System::Kustomize | System::Dockerfile | System::Dotenv => {
            Vec::new()
        }
    }
}
