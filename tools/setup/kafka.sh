# shellcheck shell=bash
# A real Apache Kafka broker for the tests, as jars; tools/services.py starts and stops it.

setup_kafka() {
  apt_need java:openjdk-17-jre-headless mvn:maven kcat:kcat openssl:openssl
  provide kafka-4.3.1 "$(sha256sum <"$requirements/kafka-pom.xml")" fill_kafka
}

fill_kafka() {
  run "$cure_network" mvn -q -B -f "$requirements/kafka-pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$1"
}
