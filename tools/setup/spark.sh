# shellcheck shell=bash
# Spark for spark/stream_to_lake.py: pyspark from PyPI, the jars it lacks from Maven Central, a Java runtime.

setup_spark() {
  apt_need java:openjdk-17-jre-headless mvn:maven
  provide_venv spark-tools
  provide spark-jars-4.2.0 "$(sha256sum <"$requirements/spark-pom.xml")" fill_spark_jars
}

fill_spark_jars() {
  run "$cure_network" mvn -q -B -f "$requirements/spark-pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$1"
}
