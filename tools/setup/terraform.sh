# shellcheck shell=bash
# What checks terraform/: Terraform itself, a stand-in for its AWS provider, tflint and checkov.

readonly terraform_built=1.5.7 # The last one that `go install` takes.

setup_terraform() {
  # shellcheck source=tools/setup/go.sh
  . "$repo/tools/setup/go.sh"
  # Terraform's own tests with a mocked AWS need 1.7; with the one built here they are skipped.
  have_terraform || provide "terraform-$terraform_built" 1 fill_terraform
  provide tflint-0.64.0 1 fill_tflint
  provide terraform-standin "$(standin_stamp)" fill_standin
  provide_venv infra-tools
}

have_terraform() {
  local version
  version=$(terraform version 2>/dev/null | sed -n 's/^Terraform v\([0-9.]*\).*/\1/p')
  [ -n "$version" ] && [ "$(printf '1.7\n%s\n' "$version" | sort -V | head -n 1)" = 1.7 ]
}

fill_terraform() {
  need_go 1.18 "Terraform $terraform_built"
  say "  no Terraform 1.7 or newer on the PATH: compiling $terraform_built; the first time takes about 5 minutes"
  run "$cure_network" env GOBIN="$1" go install "github.com/hashicorp/terraform@v$terraform_built"
}

fill_tflint() {
  need_go 1.26.3 "tflint 0.64.0"
  say "  compiling tflint; the first time takes about 4 minutes"
  run "$cure_network" env GOBIN="$1" go install github.com/terraform-linters/tflint@v0.64.0
}

standin_stamp() { (cd "$repo/tests/platform/terraform/standin" && cat types.txt schema.mjs main.go go.mod go.sum | sha256sum); }

# A mirror folder that `terraform init` takes the provider from: the AWS provider's schema, and no AWS.
fill_standin() {
  need_go 1.25.8 "the stand-in of the AWS provider"
  apt_need node:nodejs
  local source="$repo/tests/platform/terraform/standin"
  local version=6.25.0 # Of the AWS provider that this package was made from.
  local mirror="$1/registry.terraform.io/hashicorp/aws/$version/linux_amd64"
  npm_unpack @cdktf/provider-aws@21.22.1 "$1/npm"
  mkdir -p "$1/build" "$mirror"
  cp "$source"/main.go "$source"/go.mod "$source"/go.sum "$1/build/"
  node "$source/schema.mjs" "$1/npm/lib" "$source/types.txt" >"$1/build/schema.json" ||
    die "look at the error above; types.txt names folders of the package" "the AWS provider's schema could not be read"
  say "  compiling the stand-in of the AWS provider"
  run "$cure_network" go build -C "$1/build" -trimpath -ldflags '-s -w' -o "$mirror/terraform-provider-aws_v$version" .
  rm -rf "$1/npm" "$1/build"
}
