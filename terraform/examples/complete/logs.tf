# One key for everything at rest, and a bucket that gets the logs of the lake's bucket and of the network.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account_arn     = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"
  logs_arn        = "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}-logs"
  log_writers     = ["logging.s3.amazonaws.com", "delivery.logs.amazonaws.com"]
  only_my_account = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
}

resource "aws_kms_key" "rcml" {
  description             = "Lake, warehouse and secret of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  # The account decides by IAM who may use it; the roles of the module say it for themselves.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountDecides"
      Effect    = "Allow"
      Principal = { AWS = local.account_arn }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_alias" "rcml" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.rcml.key_id
}

resource "aws_s3_bucket" "logs" {
  # checkov:skip=CKV_AWS_144: Logs of 90 days need no copy in a second region.
  # checkov:skip=CKV2_AWS_62: Nobody waits for notifications of logs.
  # checkov:skip=CKV_AWS_145: The services that write these logs cannot use a customer's key; AWS's own key encrypts them.
  bucket = "${var.bucket_name}-logs"
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    # The writers of logs cannot use a customer's key.
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {
      prefix = ""
    }

    expiration {
      days = 90
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }

  depends_on = [aws_s3_bucket_versioning.logs]
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyWithTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.logs_arn, "${local.logs_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "WriteLogs"
        Effect    = "Allow"
        Principal = { Service = local.log_writers }
        Action    = "s3:PutObject"
        Resource  = "${local.logs_arn}/*"
        Condition = local.only_my_account
      },
      {
        Sid       = "LookBeforeWriting"
        Effect    = "Allow"
        Principal = { Service = "delivery.logs.amazonaws.com" }
        Action    = ["s3:GetBucketAcl", "s3:ListBucket"]
        Resource  = local.logs_arn
        Condition = local.only_my_account
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.logs]
}

resource "aws_flow_log" "rcml" {
  vpc_id               = aws_vpc.rcml.id
  traffic_type         = "ALL"
  log_destination_type = "s3"
  log_destination      = "${local.logs_arn}/flow/"

  depends_on = [aws_s3_bucket_policy.logs]
}
