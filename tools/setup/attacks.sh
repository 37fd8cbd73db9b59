# shellcheck shell=bash
# A reverse proxy for tests/attacks: nginx, unpacked and not installed, as an installed one would start by itself.

setup_attacks() {
  apt_need dpkg-deb:dpkg
  provide nginx "$(attacks_release)" fill_nginx
}

# The program fits the libraries of this system's release.
attacks_release() { (. /etc/os-release && printf '%s %s' "$ID" "${VERSION_ID:-}"); }

# nginx: the program itself in Debian 12; before that, and in Ubuntu 22.04, it is in nginx-core.
fill_nginx() {
  apt-cache show nginx >/dev/null 2>&1 || as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update
  local package
  for package in nginx libpcre2-8-0 nginx-core; do
    [ -x "$1/usr/sbin/nginx" ] && [ "$package" = nginx-core ] && continue
    (cd "$1" && run "$cure_network" apt-get -q download "$package")
    run "$cure_network" dpkg-deb -x "$1/${package}"_*.deb "$1"
    rm -f "$1"/*.deb
  done
  [ -x "$1/usr/sbin/nginx" ] || die "name the package that has nginx in tools/setup/attacks.sh" "there is no nginx in these packages"
}
