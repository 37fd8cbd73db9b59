# A Redshift cluster, for steady work: cheaper than Serverless when it is busy most of the day.

resource "aws_redshift_subnet_group" "warehouse" {
  count = local.is_provisioned ? 1 : 0

  name       = "${var.name}-warehouse"
  subnet_ids = var.subnet_ids
  tags       = local.tags

  lifecycle {
    precondition {
      condition     = length(distinct(var.subnet_ids)) >= 2
      error_message = "A Redshift cluster needs at least 2 different subnet_ids, so that it can move to another zone."
    }
  }
}

resource "aws_redshift_parameter_group" "warehouse" {
  count = local.is_provisioned ? 1 : 0

  name   = "${var.name}-warehouse"
  family = "redshift-1.0"
  tags   = local.tags

  parameter {
    name  = "require_ssl"
    value = "true"
  }

  parameter {
    name  = "enable_user_activity_logging"
    value = "true"
  }
}

resource "aws_redshift_cluster" "warehouse" {
  count = local.is_provisioned ? 1 : 0

  # checkov:skip=CKV_AWS_71: Logging is its own resource since version 6 of the provider: aws_redshift_logging.warehouse below.
  # checkov:skip=CKV_AWS_87: Private by default. The minimal example is used from outside AWS, by one address and TLS only.
  # checkov:skip=CKV_AWS_391: As above; the user's name is no secret, its password has 32 random characters.
  # checkov:skip=CKV_AWS_321: A variable: it needs a route to S3 in the VPC, which a default VPC lacks. On in examples/complete.
  cluster_identifier                  = var.name
  cluster_type                        = var.provisioned.node_count == 1 ? "single-node" : "multi-node"
  node_type                           = var.provisioned.node_type
  number_of_nodes                     = var.provisioned.node_count
  database_name                       = var.db_name
  master_username                     = var.db_user
  master_password                     = local.db_password
  port                                = var.db_port
  iam_roles                           = [aws_iam_role.copy[0].arn]
  default_iam_role_arn                = aws_iam_role.copy[0].arn
  encrypted                           = true
  kms_key_id                          = local.kms_key_arn
  cluster_subnet_group_name           = aws_redshift_subnet_group.warehouse[0].name
  cluster_parameter_group_name        = aws_redshift_parameter_group.warehouse[0].name
  vpc_security_group_ids              = [aws_security_group.warehouse[0].id]
  publicly_accessible                 = var.publicly_accessible
  enhanced_vpc_routing                = var.enhanced_vpc_routing
  allow_version_upgrade               = true
  automated_snapshot_retention_period = var.provisioned.snapshot_days
  skip_final_snapshot                 = !var.provisioned.final_snapshot
  final_snapshot_identifier           = var.provisioned.final_snapshot ? "${var.name}-final" : null
  tags                                = local.tags
}

resource "aws_redshift_logging" "warehouse" {
  count = local.is_provisioned ? 1 : 0

  cluster_identifier   = aws_redshift_cluster.warehouse[0].cluster_identifier
  log_destination_type = "cloudwatch"
  log_exports          = ["connectionlog", "userlog", "useractivitylog"]
}
