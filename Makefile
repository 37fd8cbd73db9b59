# One word per errand. `make` alone prints the menu; what each word does in detail is in tools/.

SHELL := /bin/bash
.DEFAULT_GOAL := menu
.PHONY: menu setup build build-dev check format generate demo live test test-platform test-faults test-long bench superset airflow package clean clean-data


menu:  ## print this menu
	@echo 'rcml: website clicks in, business-ready numbers out, every click counted exactly once.'
	@echo
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / { printf "  make %-15s%s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup:  ## install what building and running needs (says what and where)
	@tools/setup.sh build web

build: setup  ## build the program: build/rcml
	@tools/build.sh release rcml

build-dev: setup  ## build everything with ASan and UBSan: build-dev/
	@tools/build.sh dev all

demo: build  ## the whole way of a million clicks, then the live page (SERVE=0: stop after the audit)
	@tools/demo.sh

live: build  ## shoppers in real time and the live page, fresh within 3 s, until Ctrl-C
	@tools/live.sh

check: setup  ## format, tidy rules, build, fast tests: before every commit
	@tools/check.sh

format:  ## rewrite the sources in the project's format
	@tools/setup.sh lint
	@tools/testing/lint.sh --fix

generate: build  ## rewrite the files the program prints: .env.example, docs/reference, dbt source
	@tools/generate.sh

test: setup  ## every suite that needs no other product (logs in build/test-logs)
	@tools/test.sh

test-platform: build  ## the suites with real Kafka, S3, PostgreSQL, Superset, Airflow, Spark, Terraform
	@tools/test.sh platform

test-faults: build  ## the full fault suite: crashes, lost replies, disk full (seeded)
	@tools/test.sh faults

test-long: build  ## every exhaustive suite: full faults, long attacks, the README's commands on bare machines
	@tools/test.sh long

bench: setup  ## benchmarks, each beside its yardstick in the same run
	@tools/setup.sh postgres
	@tools/optional.sh bench/run.sh

superset: build  ## Apache Superset with the dashboard, on loopback
	@tools/optional.sh tools/superset.sh up

airflow: build  ## Apache Airflow with the hourly run, on loopback
	@tools/optional.sh tools/airflow.sh up

package: build  ## a relocatable .tar.gz and a .deb in dist/
	@tools/optional.sh tools/package.sh

clean:  ## remove what was built here; your data in var/ and the third-party parts stay
	rm -rf build build-dev build-tsan build-fuzz dist

clean-data:  ## remove var/: demo, spools, lakes, warehouses, the state of Superset and Airflow
	rm -rf var
