output "env" {
  description = "The .env of this set-up: terraform output -raw env > .env"
  value       = module.rcml.env
  sensitive   = true
}

output "stream_instance_profile" {
  description = "Give it to the EC2 machines that run rcml."
  value       = module.rcml.stream_instance_profile
}

output "client_security_group_id" {
  description = "Give it to them too: it opens the way to the warehouse and to Kafka."
  value       = aws_security_group.client.id
}

output "subnet_ids" {
  description = "Where those machines belong."
  value       = aws_subnet.private[*].id
}

output "warehouse_secret_arn" {
  description = "Secret with the warehouse's user and password."
  value       = module.rcml.warehouse_secret_arn
}
