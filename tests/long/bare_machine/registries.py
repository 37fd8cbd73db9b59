"""How this machine reaches its package registries, given to another system: apt's sources and settings, certificates,
the settings files of pip, npm, cargo, go and maven, and the variables they read. No cache and no other setting goes
along, so what that system needs it has to fetch by itself.
"""

import os
import pathlib
import re
import shutil
import subprocess

VARIABLES = re.compile(
    r"(?i:(https?|ftp|all|no)_proxy)|(?i:npm_config)_(registry|cafile)|PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|CERT"
    r"|DEFAULT_TIMEOUT)|UV_(INDEX_URL|DEFAULT_INDEX|INDEX|NATIVE_TLS)|CARGO_(HTTP|NET|REGISTRIES|SOURCE)_\w+"
    r"|GO(PROXY|SUMDB|NOSUMDB|NOPROXY|PRIVATE)|RUSTUP_(DIST_SERVER|UPDATE_ROOT)|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS"
    r"|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|GIT_SSL_CAINFO"
)
SYSTEM_FILES = ["etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/npmrc"]
HOME_FILES = [".config/pip/pip.conf", ".pip/pip.conf", ".npmrc", ".cargo/config.toml", ".m2/settings.xml"]
CERTIFICATES = "usr/local/share/ca-certificates"
GO_SETTINGS = ".config/go/env"
GO_REGISTRY = re.compile(r"GO(PROXY|SUMDB|NOSUMDB|NOPROXY|PRIVATE)=")


def apt_sources(release: str) -> list[str]:
    """This machine's mirrors of Debian, one line for each, as `release` is to have them; none on other systems."""
    ours = re.search(r"^VERSION_CODENAME=(\w+)", pathlib.Path("/etc/os-release").read_text(), re.MULTILINE)[1]
    listed = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(SIGNED_BY) $(SITE) $(CODENAME) $(COMPONENT)",
            "Created-By: Packages",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = []
    for line in dict.fromkeys(listed.splitlines()):
        *signed_by, site, codename, component = line.split()
        if codename in (ours, f"{ours}-updates", f"{ours}-security") and "debian" in site:
            options = f"[signed-by={signed_by[0]}] " if signed_by and signed_by[0].startswith("/") else ""
            lines.append(f"deb {options}{site} {codename.replace(ours, release)} {component}")
    return lines


def apt_settings() -> str:
    """What apt is told about fetching: proxies, certificates, whether dates are looked at."""
    return subprocess.run(["apt-config", "dump", "Acquire"], check=True, capture_output=True, text=True).stdout


def give(root: pathlib.Path, home: str) -> None:
    """Writes the settings files into the system below `root`, for everybody there and for the one who has `home`."""
    ours = pathlib.Path.home()
    for name in SYSTEM_FILES:
        copy(pathlib.Path("/") / name, root / name)
    for name in HOME_FILES:
        copy(ours / name, root / home.lstrip("/") / name)
    if (pathlib.Path("/") / CERTIFICATES).is_dir():
        shutil.copytree(pathlib.Path("/") / CERTIFICATES, root / CERTIFICATES, dirs_exist_ok=True)
    (root / "etc/apt/apt.conf.d/99registries").write_text(apt_settings())
    give_go(ours / GO_SETTINGS, root / home.lstrip("/") / GO_SETTINGS)


def give_go(ours: pathlib.Path, theirs: pathlib.Path) -> None:
    """Not the whole file: GOTOOLCHAIN and GOFLAGS in it are about this machine."""
    if not ours.exists():
        return
    kept = [line for line in ours.read_text().splitlines(keepends=True) if GO_REGISTRY.match(line)]
    if kept:
        theirs.parent.mkdir(parents=True, exist_ok=True)
        theirs.write_text("".join(kept))


def copy(ours: pathlib.Path, theirs: pathlib.Path) -> None:
    if ours.exists():
        theirs.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ours, theirs)


def variables(root: pathlib.Path) -> dict[str, str]:
    """The variables that package managers read; one that names a file which only this machine has is left out."""
    return {
        name: value
        for name, value in os.environ.items()
        if VARIABLES.fullmatch(name) and (not value.startswith("/") or (root / value.lstrip("/")).exists())
    }
