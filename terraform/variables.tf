# What the set-up can be told, with the rule each value must keep. Nothing here has a secret as its default.

variable "name" {
  description = "Beginning of the name of everything made here."
  type        = string
  default     = "rcml"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,29}$", var.name))
    error_message = "name must have 2 to 30 small letters, digits and hyphens, and begin with a letter."
  }
}

variable "tags" {
  description = "Tags of everything made here."
  type        = map(string)
  default     = {}
}

# --- The lake ---

variable "bucket_name" {
  description = "The lake's bucket, unique in the whole of S3, e.g. rcml-clicks-yourname. It becomes S3_BUCKET."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must have 3 to 63 small letters, digits and hyphens, and neither begin nor end with a hyphen (dots would break TLS)."
  }
}

variable "kms_key" {
  description = "KMS key for everything at rest. Without it AWS encrypts with keys of its own."
  type        = object({ arn = string })
  default     = null

  validation {
    condition     = var.kms_key == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key.arn))
    error_message = "kms_key.arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not an alias or an id."
  }
}

variable "access_log" {
  description = "Bucket that gets S3's access logs of the lake; no logs without it."
  type        = object({ bucket = string })
  default     = null
}

variable "force_destroy_bucket" {
  description = "Let terraform destroy delete a bucket that still holds events."
  type        = bool
  default     = false
}

variable "stale_multipart_days" {
  description = "Uploads that were never finished (a killed worker leaves them; they cost and no listing shows them) end after so many days."
  type        = number
  default     = 2

  validation {
    condition     = var.stale_multipart_days >= 1 && floor(var.stale_multipart_days) == var.stale_multipart_days
    error_message = "stale_multipart_days must be a whole number of at least 1: a slow upload must be able to finish."
  }
}

variable "noncurrent_version_days" {
  description = "How long a deleted or overwritten object can be brought back."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_version_days >= 1
    error_message = "noncurrent_version_days must be at least 1."
  }
}

variable "manifest_days" {
  description = "How long the loader's COPY manifests (_manifests/) are kept."
  type        = number
  default     = 14

  validation {
    condition     = var.manifest_days >= 1
    error_message = "manifest_days must be at least 1: a load in flight still needs its manifest."
  }
}

# --- Who streams and loads ---

variable "stream_services" {
  description = "AWS services whose machines may take the stream's role, e.g. ec2.amazonaws.com, ecs-tasks.amazonaws.com."
  type        = list(string)
  default     = ["ec2.amazonaws.com"]

  validation {
    condition     = alltrue([for service in var.stream_services : endswith(service, ".amazonaws.com")])
    error_message = "stream_services are service names such as ec2.amazonaws.com; people and roles go into stream_principal_arns."
  }
}

variable "stream_principal_arns" {
  description = "Roles and users that may take the stream's role (sts:AssumeRole)."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.stream_principal_arns : can(regex("^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:", arn))])
    error_message = "stream_principal_arns must be ARNs of roles, users or accounts; * is refused."
  }
}

variable "stream_access_key" {
  description = "Also make a user with an access key and the stream's rights, for a machine outside AWS. The key stands in the .env and in Terraform's state."
  type        = bool
  default     = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles and the user made here, where the account asks for one."
  type        = string
  default     = null
}

# --- The warehouse ---

variable "warehouse" {
  description = "serverless (Redshift Serverless), provisioned (a Redshift cluster) or none (only the lake)."
  type        = string
  default     = "serverless"

  validation {
    condition     = contains(["serverless", "provisioned", "none"], var.warehouse)
    error_message = "warehouse must be serverless, provisioned or none."
  }
}

variable "vpc_id" {
  description = "VPC of the warehouse and of Kafka."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Subnets of the warehouse and of Kafka: at least 3 in 3 zones for Redshift Serverless, 2 otherwise."
  type        = list(string)
  default     = []
}

variable "client_cidr_blocks" {
  description = "Addresses that may reach the warehouse and Kafka, e.g. [\"203.0.113.7/32\"]."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.client_cidr_blocks : can(cidrnetmask(cidr)) && try(tonumber(split("/", cidr)[1]) >= 8, false)])
    error_message = "client_cidr_blocks must be IPv4 blocks of at most a /8; 0.0.0.0/0 would open the warehouse to everybody."
  }
}

variable "client_security_group_ids" {
  description = "Security groups whose members may reach the warehouse and Kafka."
  type        = list(string)
  default     = []
}

variable "publicly_accessible" {
  description = "Give the warehouse a public address. Only client_cidr_blocks can reach it, and only with TLS."
  type        = bool
  default     = false
}

variable "enhanced_vpc_routing" {
  description = "Keep COPY's traffic inside the VPC. Needs a route to S3 there: a gateway endpoint, as in examples/complete."
  type        = bool
  default     = false
}

variable "db_name" {
  description = "Database of the warehouse. It becomes RS_DB."
  type        = string
  default     = "dev"

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_]{0,63}$", var.db_name))
    error_message = "db_name must have 1 to 64 small letters, digits and _, and not begin with a digit."
  }
}

variable "db_user" {
  description = "Administrator of the warehouse. It becomes RS_USER."
  type        = string
  default     = "awsuser"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,126}$", var.db_user)) && var.db_user != "admin"
    error_message = "db_user must begin with a small letter, hold only small letters, digits and _, and not be admin, which Redshift reserves."
  }
}

variable "db_password" {
  description = "The administrator's password, 8 to 64 characters. Without it Secrets Manager makes one up. It becomes RS_PWD."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition = var.db_password == null || try(
      length(var.db_password) >= 8 && length(var.db_password) <= 64 &&
      length(regexall("[A-Z]", var.db_password)) > 0 && length(regexall("[a-z]", var.db_password)) > 0 &&
      length(regexall("[0-9]", var.db_password)) > 0 && length(regexall("[^!-~]|['\"@/\\\\]", var.db_password)) == 0
    , false)
    error_message = "db_password must have 8 to 64 printable characters with a capital, a small letter and a digit, without blank, quotes, @, / and \\ (Redshift's own rule)."
  }
}

variable "db_port" {
  description = "Port of the warehouse. It becomes RS_PORT."
  type        = number
  default     = 5439

  validation {
    condition     = (var.db_port >= 5431 && var.db_port <= 5455) || (var.db_port >= 8191 && var.db_port <= 8215)
    error_message = "db_port must be in 5431-5455 or 8191-8215 (Redshift's own rule)."
  }
}

variable "serverless" {
  description = "Redshift Serverless: RPUs at rest and at most, RPU hours a month, and what happens beyond them (log, emit-metric or deactivate)."
  type = object({
    base_rpu            = optional(number, 8)
    max_rpu             = optional(number, 32)
    rpu_hours_per_month = optional(number, 200)
    beyond              = optional(string, "deactivate")
  })
  default = {}

  validation {
    condition     = var.serverless.base_rpu >= 4 && var.serverless.base_rpu <= var.serverless.max_rpu
    error_message = "serverless.base_rpu must be at least 4 and not above serverless.max_rpu."
  }

  validation {
    condition     = var.serverless.rpu_hours_per_month >= 1 && contains(["log", "emit-metric", "deactivate"], var.serverless.beyond)
    error_message = "serverless.rpu_hours_per_month must be at least 1 and serverless.beyond one of log, emit-metric, deactivate."
  }
}

variable "provisioned" {
  description = "Redshift cluster: type and number of nodes, days that snapshots are kept, whether destroy leaves a last snapshot."
  type = object({
    node_type      = optional(string, "ra3.large")
    node_count     = optional(number, 1)
    snapshot_days  = optional(number, 7)
    final_snapshot = optional(bool, true)
  })
  default = {}

  validation {
    condition     = startswith(var.provisioned.node_type, "ra3.") && var.provisioned.node_count >= 1
    error_message = "provisioned.node_type must be an RA3 type such as ra3.large, and node_count at least 1."
  }

  validation {
    condition     = var.provisioned.snapshot_days >= 1 && var.provisioned.snapshot_days <= 35
    error_message = "provisioned.snapshot_days must be 1 to 35."
  }
}

variable "secret_recovery_days" {
  description = "How long a deleted secret can be brought back; 0 deletes at once, so that the name is free for the next apply."
  type        = number
  default     = 7

  validation {
    condition     = var.secret_recovery_days == 0 || (var.secret_recovery_days >= 7 && var.secret_recovery_days <= 30)
    error_message = "secret_recovery_days must be 0 or 7 to 30."
  }
}

# --- Kafka ---

variable "kafka" {
  description = "none (your own Kafka, named by kafka_bootstrap), msk (a cluster with user and password) or msk_serverless (IAM sign-in alone)."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "msk", "msk_serverless"], var.kafka)
    error_message = "kafka must be none, msk or msk_serverless."
  }
}

variable "msk" {
  description = "MSK cluster: Kafka's version, type of the brokers, gigabytes and days that events are kept for."
  type = object({
    kafka_version  = optional(string, "3.8.x")
    broker_type    = optional(string, "kafka.t3.small")
    storage_gb     = optional(number, 50)
    retention_days = optional(number, 7)
  })
  default = {}

  validation {
    condition     = startswith(var.msk.kafka_version, "3.")
    error_message = "msk.kafka_version must be a 3.x, such as 3.8.x: the only ones this module was tried with."
  }

  validation {
    condition     = startswith(var.msk.broker_type, "kafka.") && var.msk.storage_gb >= 1 && var.msk.retention_days >= 1
    error_message = "msk.broker_type must be a type such as kafka.t3.small; storage_gb and retention_days at least 1."
  }
}

variable "kafka_bootstrap" {
  description = "Brokers of your own Kafka, HOST:PORT[,HOST:PORT]. It becomes KAFKA_BOOTSTRAP."
  type        = string
  default     = "localhost:9092"

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+:[0-9]+(,[A-Za-z0-9._-]+:[0-9]+)*$", var.kafka_bootstrap))
    error_message = "kafka_bootstrap must be HOST:PORT, or several with commas and no blanks."
  }
}
