# shellcheck shell=bash
# What the live page serves and is not ours: ECharts, one file.

setup_web() {
  provide echarts-6.1.0 1 fill_echarts
}

fill_echarts() {
  npm_unpack echarts@6.1.0 "$1/npm"
  mv "$1/npm/dist/echarts.min.js" "$1/npm/LICENSE" "$1/npm/NOTICE" "$1/"
  rm -rf "$1/npm"
  check_sum "$1/echarts.min.js" b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0
}
