# Optional: Kafka in AWS. `msk` is a cluster whose clients sign in with user and password (SASL/SCRAM): what rcml speaks.
# `msk_serverless` has no brokers to size, but signs in by IAM alone; docs/operations/cloud.md says who can do that.

locals {
  kafka_bootstrap = (
    local.is_msk ? aws_msk_cluster.kafka[0].bootstrap_brokers_sasl_scram :
    local.is_msk_iam ? aws_msk_serverless_cluster.kafka[0].bootstrap_brokers_sasl_iam : var.kafka_bootstrap
  )
  kafka_user     = local.is_msk ? "rcml" : null
  kafka_password = local.is_msk ? jsondecode(aws_secretsmanager_secret_version.kafka[0].secret_string)["password"] : null

  # MSK reads the user's secret, which may not be encrypted with AWS's own key.
  kafka_kms_key_arn = var.kms_key != null ? local.kms_key_arn : one(aws_kms_key.kafka[*].arn)
}

resource "aws_msk_cluster" "kafka" {
  count = local.is_msk ? 1 : 0

  cluster_name           = var.name
  kafka_version          = var.msk.kafka_version
  number_of_broker_nodes = length(var.subnet_ids)
  tags                   = local.tags

  broker_node_group_info {
    instance_type   = var.msk.broker_type
    client_subnets  = var.subnet_ids
    security_groups = [aws_security_group.kafka[0].id]

    storage_info {
      ebs_storage_info {
        volume_size = var.msk.storage_gb
      }
    }
  }

  configuration_info {
    arn      = aws_msk_configuration.kafka[0].arn
    revision = aws_msk_configuration.kafka[0].latest_revision
  }

  client_authentication {
    sasl {
      scram = true
    }
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = local.kafka_kms_key_arn

    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }

  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.kafka[0].name
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.vpc_id != null && length(distinct(var.subnet_ids)) >= 2
      error_message = "MSK needs vpc_id and at least 2 different subnet_ids, in 2 availability zones: one broker in each."
    }
  }
}

resource "aws_msk_configuration" "kafka" {
  count = local.is_msk ? 1 : 0

  name           = var.name
  kafka_versions = [var.msk.kafka_version]
  # A misspelt topic is an error, not a new topic; a topic is on as many brokers as there are zones.
  server_properties = <<-PROPERTIES
    auto.create.topics.enable=false
    default.replication.factor=${length(var.subnet_ids)}
    min.insync.replicas=${max(1, length(var.subnet_ids) - 1)}
    log.retention.hours=${var.msk.retention_days * 24}
  PROPERTIES
}

resource "aws_cloudwatch_log_group" "kafka" {
  count = local.is_msk ? 1 : 0
  # checkov:skip=CKV_AWS_158: Broker logs hold no events; AWS's own key encrypts them, and CloudWatch may not use ours.

  name              = "/${var.name}/kafka"
  retention_in_days = 365
  tags              = local.tags
}

resource "aws_kms_key" "kafka" {
  count = local.is_msk && var.kms_key == null ? 1 : 0

  description             = "User and events of Kafka of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = local.tags
  # The account decides by IAM who may use it.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountDecides"
      Effect    = "Allow"
      Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

data "aws_secretsmanager_random_password" "kafka" {
  count = local.is_msk ? 1 : 0

  password_length            = 32
  exclude_punctuation        = true
  require_each_included_type = true
}

# MSK looks only at secrets whose name begins so.
resource "aws_secretsmanager_secret" "kafka" {
  count = local.is_msk ? 1 : 0
  # checkov:skip=CKV2_AWS_57: A rotation would leave a stale password in every .env; change it by -replace.

  name                    = "AmazonMSK_${var.name}"
  description             = "User and password of the clients of Kafka of rcml"
  kms_key_id              = local.kafka_kms_key_arn
  recovery_window_in_days = var.secret_recovery_days
  tags                    = local.tags
}

resource "aws_secretsmanager_secret_version" "kafka" {
  count = local.is_msk ? 1 : 0

  secret_id = aws_secretsmanager_secret.kafka[0].id
  secret_string = jsonencode({
    username = local.kafka_user
    password = data.aws_secretsmanager_random_password.kafka[0].random_password
  })

  # As with the warehouse's: the first password that was made up stays.
  lifecycle {
    ignore_changes = [secret_string]
  }
}

resource "aws_msk_scram_secret_association" "kafka" {
  count = local.is_msk ? 1 : 0

  cluster_arn     = aws_msk_cluster.kafka[0].arn
  secret_arn_list = [aws_secretsmanager_secret.kafka[0].arn]

  # A secret without a value is refused.
  depends_on = [aws_secretsmanager_secret_version.kafka]
}

resource "aws_msk_serverless_cluster" "kafka" {
  count = local.is_msk_iam ? 1 : 0

  cluster_name = var.name
  tags         = local.tags

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [aws_security_group.kafka[0].id]
  }

  client_authentication {
    sasl {
      iam {
        enabled = true
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.vpc_id != null && length(distinct(var.subnet_ids)) >= 2
      error_message = "MSK Serverless needs vpc_id and at least 2 different subnet_ids, in 2 availability zones."
    }
  }
}

locals {
  # What IAM has to say about it: only Serverless asks it. arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/UUID -> the same with topic/ and group/.
  kafka_cluster_arn = local.is_msk_iam ? aws_msk_serverless_cluster.kafka[0].arn : ""
  kafka_topic_arn   = "${replace(local.kafka_cluster_arn, ":cluster/", ":topic/")}/clicks"
  kafka_group_arn   = "${replace(local.kafka_cluster_arn, ":cluster/", ":group/")}/*"

  kafka_statements = local.is_msk_iam ? [
    {
      Sid      = "Connect"
      Effect   = "Allow"
      Action   = ["kafka-cluster:Connect"]
      Resource = [local.kafka_cluster_arn]
    },
    {
      Sid      = "ReadTheTopic"
      Effect   = "Allow"
      Action   = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]
      Resource = [local.kafka_topic_arn]
    },
    {
      Sid      = "ShareItOut"
      Effect   = "Allow"
      Action   = ["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"]
      Resource = [local.kafka_group_arn]
    },
  ] : []
}
