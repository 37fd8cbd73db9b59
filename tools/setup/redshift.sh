# shellcheck shell=bash
# What the tests on Redshift's double need beside PostgreSQL (postgres.sh) and the S3 server (s3.sh): dbt-redshift, its
# driver, boto3 and Arrow, which are locked in python-tools; openssl for the double's certificate.

setup_redshift() {
  apt_need openssl:openssl
  provide_venv python-tools
}
