# Optional: Amazon MSK Serverless. Its only sign-in is IAM (SASL/OAUTHBEARER with a signed token, or the Java client's
# AWS_MSK_IAM); docs/operations/cloud.md says which of the programs here can do that.

resource "aws_msk_serverless_cluster" "kafka" {
  count = local.has_msk ? 1 : 0

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
  kafka_bootstrap = local.has_msk ? aws_msk_serverless_cluster.kafka[0].bootstrap_brokers_sasl_iam : var.kafka_bootstrap

  # arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/UUID -> the same with topic/ and group/.
  kafka_cluster_arn = local.has_msk ? aws_msk_serverless_cluster.kafka[0].arn : ""
  kafka_topic_arn   = "${replace(local.kafka_cluster_arn, ":cluster/", ":topic/")}/clicks"
  kafka_group_arn   = "${replace(local.kafka_cluster_arn, ":cluster/", ":group/")}/*"

  kafka_statements = local.has_msk ? [
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
