# A password that was given, instead of a made-up one.

mock_provider "aws" {
  mock_resource "aws_redshiftserverless_workgroup" {
    defaults = { endpoint = [{ address = "mocked.example.com", port = 5439 }] }
  }
}

variables {
  bucket_name = "rcml-clicks-yourname"
  vpc_id      = "vpc-1"
  subnet_ids  = ["subnet-1", "subnet-2", "subnet-3"]
}

run "keeps_a_given_password" {
  variables {
    db_password = "Given$Pass#word1"
  }
  assert {
    condition     = aws_redshiftserverless_namespace.warehouse[0].admin_user_password == "Given$Pass#word1"
    error_message = "The namespace has another password."
  }
  assert {
    condition     = jsondecode(aws_secretsmanager_secret_version.warehouse[0].secret_string).password == "Given$Pass#word1"
    error_message = "The secret has another password."
  }
  assert {
    condition     = length(data.aws_secretsmanager_random_password.warehouse) == 0
    error_message = "A password was made up although one was given."
  }
  assert {
    condition     = strcontains(output.env, "\nRS_PWD='Given$Pass#word1'\n")
    error_message = "The .env has another password."
  }
}
