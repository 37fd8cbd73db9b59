# Two roles and what each may do. `copy` is Redshift's: it reads the lake's files and the loader's manifests. `stream` is
# rcml's own (stream, load, compact, vacuum, audit): it reads and writes the lake. Neither may anything else.

locals {
  # Where rcml keeps things in the bucket.
  lake_prefixes   = ["bronze/*", "_manifests/*", "_proof/*"]
  lake_object_arn = [for prefix in local.lake_prefixes : "${local.bucket_arn}/${prefix}"]

  copy_services = local.is_serverless ? ["redshift-serverless.amazonaws.com", "redshift.amazonaws.com"] : ["redshift.amazonaws.com"]

  copy_statements = concat(
    [
      {
        Sid      = "ReadFilesAndManifests"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = local.lake_object_arn
      },
      {
        Sid       = "ListThem"
        Effect    = "Allow"
        Action    = ["s3:ListBucket"]
        Resource  = [local.bucket_arn]
        Condition = { StringLike = { "s3:prefix" = local.lake_prefixes } }
      },
      {
        Sid      = "FindTheRegion"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation"]
        Resource = [local.bucket_arn]
      },
    ],
    [for key in local.kms_keys : {
      Sid      = "Decrypt"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = [key]
    }],
  )

  stream_statements = concat(
    [
      {
        Sid    = "ReadAndWriteTheLake"
        Effect = "Allow"
        Action = [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",         # compact and vacuum
          "s3:AbortMultipartUpload", # an upload that failed
        ]
        Resource = local.lake_object_arn
      },
      {
        Sid       = "ListTheLake"
        Effect    = "Allow"
        Action    = ["s3:ListBucket"]
        Resource  = [local.bucket_arn]
        Condition = { StringLike = { "s3:prefix" = concat(["bronze"], local.lake_prefixes) } }
      },
      {
        Sid      = "FindUploadsNobodyFinished" # vacuum; S3 knows no prefix condition for it
        Effect   = "Allow"
        Action   = ["s3:ListBucketMultipartUploads"]
        Resource = [local.bucket_arn]
      },
    ],
    [for key in local.kms_keys : {
      Sid      = "EncryptAndDecrypt"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = [key]
    }],
    local.kafka_statements,
  )

  kms_keys      = var.kms_key[*].arn
  copy_policy   = jsonencode({ Version = "2012-10-17", Statement = local.copy_statements })
  stream_policy = jsonencode({ Version = "2012-10-17", Statement = local.stream_statements })
}

resource "aws_iam_role" "copy" {
  count = local.has_warehouse ? 1 : 0

  name                 = "${var.name}-redshift-copy"
  description          = "Redshift reads the files of the lake and the manifests of rcml load"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = local.copy_services }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "copy" {
  count = local.has_warehouse ? 1 : 0

  name   = "read-lake"
  role   = aws_iam_role.copy[0].id
  policy = local.copy_policy
}

resource "aws_iam_role" "stream" {
  name                 = "${var.name}-stream"
  description          = "rcml streams into the lake, loads from it and looks after it"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for service in var.stream_services : {
        Effect    = "Allow"
        Principal = { Service = service }
        Action    = "sts:AssumeRole"
      }],
      [for arn in var.stream_principal_arns : {
        Effect    = "Allow"
        Principal = { AWS = arn }
        Action    = "sts:AssumeRole"
      }],
    )
  })

  lifecycle {
    precondition {
      condition     = length(var.stream_services) + length(var.stream_principal_arns) > 0
      error_message = "Nobody could take the stream's role: give stream_services or stream_principal_arns."
    }
  }
}

resource "aws_iam_role_policy" "stream" {
  name   = "read-and-write-lake"
  role   = aws_iam_role.stream.id
  policy = local.stream_policy
}

resource "aws_iam_instance_profile" "stream" {
  count = contains(var.stream_services, "ec2.amazonaws.com") ? 1 : 0

  name = "${var.name}-stream"
  role = aws_iam_role.stream.name
  tags = local.tags
}

# For a machine outside AWS. Long-lived: rotate it by -replace=aws_iam_access_key.stream[0].
resource "aws_iam_user" "stream" {
  count = var.stream_access_key ? 1 : 0

  # checkov:skip=CKV_AWS_273: Off by default. A machine outside AWS has no role to take and no person to sign in.
  name                 = "${var.name}-stream"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags
}

resource "aws_iam_user_policy" "stream" {
  count = var.stream_access_key ? 1 : 0

  # checkov:skip=CKV_AWS_40: One user, one policy; a group of one would hide what it may do.
  name   = "read-and-write-lake"
  user   = aws_iam_user.stream[0].name
  policy = local.stream_policy
}

resource "aws_iam_access_key" "stream" {
  count = var.stream_access_key ? 1 : 0

  user = aws_iam_user.stream[0].name
}
