variable "region" {
  description = "AWS region of everything, e.g. eu-west-1."
  type        = string
  default     = "eu-west-1"
}

variable "name" {
  description = "Beginning of the name of everything made here."
  type        = string
  default     = "rcml"
}

variable "bucket_name" {
  description = "The lake's bucket, unique in the whole of S3. Its logs go to BUCKET-logs."
  type        = string
}

variable "warehouse" {
  description = "serverless, provisioned or none."
  type        = string
  default     = "serverless"
}

variable "kafka" {
  description = "msk, msk_serverless or none."
  type        = string
  default     = "msk"
}

variable "cidr_block" {
  description = "Addresses of the private network, at least a /20."
  type        = string
  default     = "10.20.0.0/16"
}
