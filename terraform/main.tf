data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  kms_key_arn    = one(var.kms_key[*].arn)
  tags           = merge({ Project = "rcml", Name = var.name }, var.tags)
  region         = data.aws_region.current.region
  bucket_arn     = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}"
  is_serverless  = var.warehouse == "serverless"
  is_provisioned = var.warehouse == "provisioned"
  has_warehouse  = var.warehouse != "none"
  is_msk         = var.kafka == "msk"
  is_msk_iam     = var.kafka == "msk_serverless"
  has_msk        = local.is_msk || local.is_msk_iam
  kafka_port     = local.is_msk ? 9096 : 9098 # SASL/SCRAM, or IAM; both with TLS.
}
