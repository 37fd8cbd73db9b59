data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  tags           = merge({ Project = "rcml", Name = var.name }, var.tags)
  region         = data.aws_region.current.region
  bucket_arn     = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}"
  is_serverless  = var.warehouse == "serverless"
  is_provisioned = var.warehouse == "provisioned"
  has_warehouse  = var.warehouse != "none"
  has_msk        = var.kafka == "msk_serverless"
}
