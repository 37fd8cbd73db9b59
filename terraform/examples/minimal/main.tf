# A lake on S3 and Redshift Serverless in the account's default VPC, used from one machine outside AWS with a Kafka of its
# own (docker/docker-compose.kafka.yml). Two values to give; `terraform output -raw env > .env` is the way back.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

variable "region" {
  description = "AWS region of everything, e.g. eu-west-1."
  type        = string
  default     = "eu-west-1"
}

variable "bucket_name" {
  description = "The lake's bucket, unique in the whole of S3, e.g. rcml-clicks-yourname."
  type        = string
}

variable "my_address" {
  description = "Address of the machine that loads, as the internet sees it, e.g. 203.0.113.7."
  type        = string

  validation {
    condition     = can(cidrnetmask("${var.my_address}/32"))
    error_message = "my_address must be one IPv4 address, e.g. 203.0.113.7."
  }
}

variable "force_destroy_bucket" {
  description = "Let terraform destroy delete the bucket with the events in it."
  type        = bool
  default     = false
}

provider "aws" {
  region = var.region
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

module "rcml" {
  source = "../.."

  bucket_name          = var.bucket_name
  force_destroy_bucket = var.force_destroy_bucket
  stream_access_key    = true
  vpc_id               = data.aws_vpc.default.id
  subnet_ids           = data.aws_subnets.default.ids
  publicly_accessible  = true
  client_cidr_blocks   = ["${var.my_address}/32"]
}

output "env" {
  description = "The .env of this set-up: terraform output -raw env > .env"
  value       = module.rcml.env
  sensitive   = true
}

output "warehouse_secret_arn" {
  description = "Secret with the warehouse's user and password."
  value       = module.rcml.warehouse_secret_arn
}
