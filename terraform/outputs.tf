output "env" {
  description = "The .env of this set-up: terraform output -raw env > .env"
  sensitive   = true
  value = templatefile("${path.module}/env.tftpl", {
    region            = local.region
    access_key_id     = one(aws_iam_access_key.stream[*].id)
    secret_access_key = one(aws_iam_access_key.stream[*].secret)
    stream_role_arn   = aws_iam_role.stream.arn
    bucket            = aws_s3_bucket.lake.id
    kafka_bootstrap   = local.kafka_bootstrap
    kafka_user        = local.kafka_user
    kafka_password    = local.kafka_password
    rs_host           = local.warehouse_host
    rs_db             = var.db_name
    rs_user           = var.db_user
    rs_pwd            = local.db_password
    rs_port           = var.db_port
    rs_role_arn       = one(aws_iam_role.copy[*].arn)
  })
}

output "bucket" {
  description = "The lake's bucket (S3_BUCKET)."
  value       = aws_s3_bucket.lake.id
}

output "copy_role_arn" {
  description = "Role that Redshift reads the lake with (RS_ROLE_ARN)."
  value       = one(aws_iam_role.copy[*].arn)
}

output "stream_role_arn" {
  description = "Role of the machines that run rcml."
  value       = aws_iam_role.stream.arn
}

output "stream_instance_profile" {
  description = "Instance profile with the stream's role, for EC2."
  value       = one(aws_iam_instance_profile.stream[*].name)
}

output "warehouse_host" {
  description = "Address of the warehouse (RS_HOST)."
  value       = local.warehouse_host
}

output "warehouse_secret_arn" {
  description = "Secret with the warehouse's user and password."
  value       = one(aws_secretsmanager_secret.warehouse[*].arn)
}

output "warehouse_security_group_id" {
  description = "Security group of the warehouse."
  value       = one(aws_security_group.warehouse[*].id)
}

output "kafka_bootstrap" {
  description = "Brokers (KAFKA_BOOTSTRAP)."
  value       = local.kafka_bootstrap
}

locals {
  warehouse_host = (
    local.is_serverless ? aws_redshiftserverless_workgroup.warehouse[0].endpoint[0].address :
    local.is_provisioned ? aws_redshift_cluster.warehouse[0].dns_name : null
  )
}
