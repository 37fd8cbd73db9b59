# The default set-up against a mocked AWS: what is made, and the .env that comes out, to the letter.

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
  mock_resource "aws_redshiftserverless_workgroup" {
    defaults = {
      endpoint = [{ address = "rcml.123456789012.eu-west-1.redshift-serverless.amazonaws.com", port = 5439 }]
    }
  }
}

variables {
  bucket_name = "rcml-clicks-yourname"
  vpc_id      = "vpc-1"
  subnet_ids  = ["subnet-1", "subnet-2", "subnet-3"]
}

run "makes_a_private_encrypted_versioned_bucket" {
  assert {
    condition     = aws_s3_bucket_versioning.lake.versioning_configuration[0].status == "Enabled"
    error_message = "The lake's versioning is off."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.lake.block_public_acls, aws_s3_bucket_public_access_block.lake.block_public_policy,
      aws_s3_bucket_public_access_block.lake.ignore_public_acls, aws_s3_bucket_public_access_block.lake.restrict_public_buckets,
    ])
    error_message = "A way to make the lake public is open."
  }
  assert {
    condition = anytrue([
      for rule in aws_s3_bucket_lifecycle_configuration.lake.rule :
      rule.status == "Enabled" && try(rule.abort_incomplete_multipart_upload[0].days_after_initiation == 2, false)
    ])
    error_message = "Stale multipart uploads are never aborted."
  }
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.lake.rule :
      rule.filter[0].prefix == "_manifests/" || try(rule.expiration[0].days == null || rule.expiration[0].days == 0, true)
    ])
    error_message = "A rule expires current objects of the lake, which only its log may do."
  }
  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.lake.policy).Statement :
      statement.Effect == "Deny" && statement.Principal == "*" && try(statement.Condition.Bool["aws:SecureTransport"] == "false", false)
    ])
    error_message = "The lake answers without TLS."
  }
}

run "writes_the_env" {
  assert {
    condition     = output.env == file("tests/expected/serverless.env")
    error_message = "output.env is not tests/expected/serverless.env."
  }
}

run "writes_the_env_of_an_access_key" {
  variables {
    stream_access_key = true
    kafka_bootstrap   = "b1.example.com:9092,b2.example.com:9092"
  }
  override_resource {
    target = aws_iam_access_key.stream
    values = { id = "AKIAMOCKED", secret = "mocked/secret+key" }
  }
  assert {
    condition     = output.env == file("tests/expected/access_key.env")
    error_message = "output.env is not tests/expected/access_key.env."
  }
}

run "nobody_reaches_the_warehouse_unnamed" {
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.warehouse_cidr) + length(aws_vpc_security_group_ingress_rule.warehouse_group) == 0
    error_message = "The warehouse has a way in that nobody asked for."
  }
  assert {
    condition     = !aws_redshiftserverless_workgroup.warehouse[0].publicly_accessible
    error_message = "The warehouse is public by default."
  }
}
