plugin "terraform" {
  enabled = true
  preset  = "all"
}

# A module is read by subject here (bucket.tf, iam.tf, ...), and the minimal example is one page.
rule "terraform_standard_module_structure" {
  enabled = false
}
