# Everything in a private network of its own: lake, warehouse (serverless or provisioned), Kafka, one KMS key for
# all of it, logs of who did what. The machines that run rcml get the instance profile and the security group it gives out.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

provider "aws" {
  region = var.region
}

module "rcml" {
  source = "../.."

  name                      = var.name
  bucket_name               = var.bucket_name
  kms_key                   = { arn = aws_kms_key.rcml.arn }
  access_log                = { bucket = aws_s3_bucket.logs.id }
  stream_services           = ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]
  vpc_id                    = aws_vpc.rcml.id
  subnet_ids                = aws_subnet.private[*].id
  client_security_group_ids = [aws_security_group.client.id]
  enhanced_vpc_routing      = true
  warehouse                 = var.warehouse
  kafka                     = var.kafka
  tags                      = { Environment = var.name }

  serverless = {
    base_rpu            = 8
    max_rpu             = 64
    rpu_hours_per_month = 500
    beyond              = "log"
  }

  provisioned = {
    node_type  = "ra3.xlplus"
    node_count = 2
  }
}
