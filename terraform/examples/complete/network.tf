# Three private subnets in three zones, with S3 reached inside AWS's network: no internet gateway, no NAT.

data "aws_availability_zones" "here" {
  # checkov:skip=CKV_AWS_394: A new zone may change the order of the names; the subnets below stay where they are.
  state = "available"
}

resource "aws_vpc" "rcml" {
  cidr_block           = var.cidr_block
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

# The group that a machine gets when nobody gives it one: nothing in, nothing out.
resource "aws_default_security_group" "rcml" {
  vpc_id = aws_vpc.rcml.id
}

resource "aws_subnet" "private" {
  count = 3

  vpc_id                  = aws_vpc.rcml.id
  cidr_block              = cidrsubnet(var.cidr_block, 4, count.index)
  availability_zone       = data.aws_availability_zones.here.names[count.index]
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name}-private-${count.index + 1}" }

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.rcml.id
  tags   = { Name = "${var.name}-private" }
}

resource "aws_route_table_association" "private" {
  count = 3

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.rcml.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
  tags              = { Name = "${var.name}-s3" }
}

# The group of the machines that run rcml: they call, nobody calls them.
resource "aws_security_group" "client" {
  # checkov:skip=CKV2_AWS_5: Given out (client_security_group_id) for the machines that run rcml.
  name        = "${var.name}-client"
  description = "Machines that run rcml"
  vpc_id      = aws_vpc.rcml.id
  tags        = { Name = "${var.name}-client" }
}

resource "aws_vpc_security_group_egress_rule" "client_https" {
  security_group_id = aws_security_group.client.id
  description       = "S3 and the AWS APIs"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "client_inside" {
  for_each = { warehouse = 5439, kafka = var.kafka == "msk_serverless" ? 9098 : 9096 }

  security_group_id = aws_security_group.client.id
  description       = "The ${each.key} in this network"
  cidr_ipv4         = var.cidr_block
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}
