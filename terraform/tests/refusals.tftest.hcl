# Wrong values that the module refuses before anything is made.

mock_provider "aws" {}

variables {
  bucket_name = "rcml-clicks-yourname"
  vpc_id      = "vpc-1"
  subnet_ids  = ["subnet-1", "subnet-2", "subnet-3"]
}

run "a_bucket_name_that_s3_refuses" {
  command = plan
  variables {
    bucket_name = "Rcml_Clicks"
  }
  expect_failures = [var.bucket_name]
}

run "a_warehouse_open_to_everybody" {
  command = plan
  variables {
    client_cidr_blocks = ["0.0.0.0/0"]
  }
  expect_failures = [var.client_cidr_blocks]
}

run "a_misspelt_warehouse" {
  command = plan
  variables {
    warehouse = "server-less"
  }
  expect_failures = [var.warehouse]
}

run "a_password_that_redshift_refuses" {
  command = plan
  variables {
    db_password = "has@an-At1"
  }
  expect_failures = [var.db_password]
}

run "a_password_without_a_digit" {
  command = plan
  variables {
    db_password = "OnlyLetters"
  }
  expect_failures = [var.db_password]
}

run "an_instance_as_a_service" {
  command = plan
  variables {
    stream_services = ["arn:aws:iam::123456789012:role/x"]
  }
  expect_failures = [var.stream_services]
}

run "anybody_as_the_stream" {
  command = plan
  variables {
    stream_principal_arns = ["*"]
  }
  expect_failures = [var.stream_principal_arns]
}

run "two_subnets_for_serverless" {
  command = plan
  variables {
    subnet_ids = ["subnet-1", "subnet-2"]
  }
  expect_failures = [aws_redshiftserverless_workgroup.warehouse]
}

run "a_warehouse_without_a_network" {
  command = plan
  variables {
    vpc_id = null
  }
  expect_failures = [aws_security_group.warehouse]
}

run "a_port_that_redshift_refuses" {
  command = plan
  variables {
    db_port = 5400
  }
  expect_failures = [var.db_port]
}

run "brokers_with_a_blank" {
  command = plan
  variables {
    kafka_bootstrap = "b1:9092, b2:9092"
  }
  expect_failures = [var.kafka_bootstrap]
}

run "a_kafka_that_was_never_tried" {
  command = plan
  variables {
    msk = { kafka_version = "4.0.x.kraft" }
  }
  expect_failures = [var.msk]
}
