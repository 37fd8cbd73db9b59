# The warehouse's password, kept in Secrets Manager. Terraform's state holds a copy: keep the state in an encrypted,
# private backend.

data "aws_secretsmanager_random_password" "warehouse" {
  count = local.has_warehouse && nonsensitive(var.db_password == null) ? 1 : 0

  password_length            = 32
  exclude_punctuation        = true # Nothing to quote in a .env, a URL or a shell.
  require_each_included_type = true
}

resource "aws_secretsmanager_secret" "warehouse" {
  count = local.has_warehouse ? 1 : 0

  # checkov:skip=CKV2_AWS_57: A rotation would leave a stale RS_PWD in every .env; change it by -replace, see below.
  name                    = "${var.name}/warehouse"
  description             = "User and password of the warehouse of rcml"
  kms_key_id              = local.kms_key_arn
  recovery_window_in_days = var.secret_recovery_days
  tags                    = local.tags
}

resource "aws_secretsmanager_secret_version" "warehouse" {
  count = local.has_warehouse ? 1 : 0

  secret_id = aws_secretsmanager_secret.warehouse[0].id
  secret_string = jsonencode({
    engine   = "redshift"
    username = var.db_user
    password = var.db_password != null ? var.db_password : data.aws_secretsmanager_random_password.warehouse[0].random_password
    dbname   = var.db_name
    port     = var.db_port
  })

  # A made-up password is made up anew at each plan; the first one stays. To change it, also after a change of
  # db_password: terraform apply -replace='aws_secretsmanager_secret_version.warehouse[0]'.
  lifecycle {
    ignore_changes = [secret_string]
  }
}

locals {
  db_password = local.has_warehouse ? jsondecode(aws_secretsmanager_secret_version.warehouse[0].secret_string)["password"] : null
}
