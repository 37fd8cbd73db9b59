# The other shapes: a cluster, Kafka, only a lake.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { region = "eu-west-1" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_secretsmanager_random_password" {
    defaults = { random_password = "Mocked0Password0Mocked0Password0" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { id = "rcml-clicks-yourname" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/rcml-mocked" }
  }
  mock_resource "aws_redshift_cluster" {
    defaults = { dns_name = "rcml.abc123.eu-west-1.redshift.amazonaws.com" }
  }
  mock_resource "aws_msk_cluster" {
    defaults = {
      arn                          = "arn:aws:kafka:eu-west-1:123456789012:cluster/rcml/1b2c"
      bootstrap_brokers_sasl_scram = "b-1.rcml.kafka.eu-west-1.amazonaws.com:9096,b-2.rcml.kafka.eu-west-1.amazonaws.com:9096"
    }
  }
  mock_resource "aws_msk_configuration" {
    defaults = { arn = "arn:aws:kafka:eu-west-1:123456789012:configuration/rcml/1b2c", latest_revision = 1 }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/1b2c" }
  }
  mock_resource "aws_msk_serverless_cluster" {
    defaults = {
      arn                        = "arn:aws:kafka:eu-west-1:123456789012:cluster/rcml/1b2c"
      bootstrap_brokers_sasl_iam = "boot-1.kafka-serverless.eu-west-1.amazonaws.com:9098"
    }
  }
}

variables {
  bucket_name = "rcml-clicks-yourname"
  vpc_id      = "vpc-1"
  subnet_ids  = ["subnet-1", "subnet-2"]
  warehouse   = "provisioned"
}

run "makes_an_encrypted_cluster" {
  assert {
    condition     = tobool(aws_redshift_cluster.warehouse[0].encrypted) && aws_redshift_cluster.warehouse[0].cluster_type == "single-node"
    error_message = "One node must be a single-node cluster, encrypted."
  }
  assert {
    condition     = length(aws_redshiftserverless_workgroup.warehouse) == 0
    error_message = "Serverless is made beside the cluster."
  }
  assert {
    condition     = output.env == file("tests/expected/provisioned.env")
    error_message = "output.env is not tests/expected/provisioned.env."
  }
}

run "makes_kafka" {
  variables {
    kafka              = "msk_serverless"
    client_cidr_blocks = ["10.20.0.0/16"]
  }
  assert {
    condition     = output.kafka_bootstrap == "boot-1.kafka-serverless.eu-west-1.amazonaws.com:9098"
    error_message = "KAFKA_BOOTSTRAP is not the cluster's."
  }
  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_role_policy.stream.policy).Statement :
      contains(statement.Resource, "arn:aws:kafka:eu-west-1:123456789012:topic/rcml/1b2c/clicks")
    ])
    error_message = "The stream's role may not read the topic."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.kafka_cidr["10.20.0.0/16"].from_port == 9098
    error_message = "The client cannot reach Kafka."
  }
}

run "makes_kafka_with_user_and_password" {
  variables {
    kafka              = "msk"
    client_cidr_blocks = ["10.20.0.0/16"]
  }
  assert {
    condition     = output.env == file("tests/expected/msk.env")
    error_message = "output.env is not tests/expected/msk.env."
  }
  assert {
    condition     = aws_msk_cluster.kafka[0].encryption_info[0].encryption_in_transit[0].client_broker == "TLS"
    error_message = "Kafka answers without TLS."
  }
  assert {
    condition     = startswith(aws_secretsmanager_secret.kafka[0].name, "AmazonMSK_") && aws_secretsmanager_secret.kafka[0].kms_key_id != null
    error_message = "MSK reads only secrets whose name begins with AmazonMSK_, encrypted with a key of one's own."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.kafka_cidr["10.20.0.0/16"].from_port == 9096
    error_message = "The client cannot reach Kafka."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.stream.policy, "kafka-cluster:")
    error_message = "The stream's role has rights that this Kafka does not ask for."
  }
}

run "makes_only_a_lake" {
  variables {
    warehouse  = "none"
    vpc_id     = null
    subnet_ids = []
  }
  assert {
    condition = (
      length(aws_redshift_cluster.warehouse) + length(aws_secretsmanager_secret.warehouse) +
      length(aws_security_group.warehouse) + length(aws_iam_role.copy) == 0
    )
    error_message = "Parts of a warehouse are made although none was asked for."
  }
  assert {
    condition     = output.env == file("tests/expected/lake.env")
    error_message = "output.env is not tests/expected/lake.env."
  }
}
