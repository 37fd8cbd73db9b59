# Who may reach what: one security group for the warehouse, one for Kafka. Nobody but the clients that were named.

resource "aws_security_group" "warehouse" {
  count = local.has_warehouse ? 1 : 0

  name        = "${var.name}-warehouse"
  description = "Redshift, reached by the clients of rcml"
  vpc_id      = var.vpc_id
  tags        = local.tags

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = var.vpc_id != null
      error_message = "A warehouse needs vpc_id and subnet_ids; with warehouse = \"none\" only the lake is made."
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "warehouse_cidr" {
  for_each = local.has_warehouse ? toset(var.client_cidr_blocks) : []

  security_group_id = aws_security_group.warehouse[0].id
  description       = "Client of the warehouse"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = var.db_port
  to_port           = var.db_port
}

resource "aws_vpc_security_group_ingress_rule" "warehouse_group" {
  count = local.has_warehouse ? length(var.client_security_group_ids) : 0

  security_group_id            = aws_security_group.warehouse[0].id
  description                  = "Client of the warehouse"
  referenced_security_group_id = var.client_security_group_ids[count.index]
  ip_protocol                  = "tcp"
  from_port                    = var.db_port
  to_port                      = var.db_port
}

resource "aws_vpc_security_group_egress_rule" "warehouse" {
  count = local.has_warehouse ? 1 : 0

  security_group_id = aws_security_group.warehouse[0].id
  description       = "COPY fetches the files from S3, whose addresses change"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_security_group" "kafka" {
  count = local.has_msk ? 1 : 0

  # checkov:skip=CKV2_AWS_5: Attached to aws_msk_serverless_cluster, a type that this check does not know.
  name        = "${var.name}-kafka"
  description = "MSK, reached by the clients of rcml"
  vpc_id      = var.vpc_id
  tags        = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "kafka_cidr" {
  for_each = local.has_msk ? toset(var.client_cidr_blocks) : []

  security_group_id = aws_security_group.kafka[0].id
  description       = "Client of Kafka (TLS)"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = local.kafka_port
  to_port           = local.kafka_port
}

resource "aws_vpc_security_group_ingress_rule" "kafka_group" {
  count = local.has_msk ? length(var.client_security_group_ids) : 0

  security_group_id            = aws_security_group.kafka[0].id
  description                  = "Client of Kafka (TLS)"
  referenced_security_group_id = var.client_security_group_ids[count.index]
  ip_protocol                  = "tcp"
  from_port                    = local.kafka_port
  to_port                      = local.kafka_port
}
