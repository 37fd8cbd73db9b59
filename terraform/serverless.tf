# Redshift Serverless: pays by the second of work, and has a monthly limit so that a forgotten query costs no fortune.

resource "aws_redshiftserverless_namespace" "warehouse" {
  count = local.is_serverless ? 1 : 0

  namespace_name       = var.name
  db_name              = var.db_name
  admin_username       = var.db_user
  admin_user_password  = local.db_password
  iam_roles            = [aws_iam_role.copy[0].arn]
  default_iam_role_arn = aws_iam_role.copy[0].arn
  kms_key_id           = local.kms_key_arn
  log_exports          = ["connectionlog", "userlog", "useractivitylog"]
  tags                 = local.tags
}

resource "aws_redshiftserverless_workgroup" "warehouse" {
  count = local.is_serverless ? 1 : 0

  workgroup_name       = var.name
  namespace_name       = aws_redshiftserverless_namespace.warehouse[0].namespace_name
  base_capacity        = var.serverless.base_rpu
  max_capacity         = var.serverless.max_rpu
  port                 = var.db_port
  subnet_ids           = var.subnet_ids
  security_group_ids   = [aws_security_group.warehouse[0].id]
  publicly_accessible  = var.publicly_accessible
  enhanced_vpc_routing = var.enhanced_vpc_routing
  tags                 = local.tags

  config_parameter {
    parameter_key   = "require_ssl"
    parameter_value = "true"
  }

  lifecycle {
    precondition {
      condition     = length(distinct(var.subnet_ids)) >= 3
      error_message = "Redshift Serverless needs at least 3 different subnet_ids, in 3 availability zones."
    }
  }
}

resource "aws_redshiftserverless_usage_limit" "warehouse" {
  count = local.is_serverless ? 1 : 0

  resource_arn  = aws_redshiftserverless_workgroup.warehouse[0].arn
  usage_type    = "serverless-compute"
  period        = "monthly"
  amount        = var.serverless.rpu_hours_per_month
  breach_action = var.serverless.beyond
}
