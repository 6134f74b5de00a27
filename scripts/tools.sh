#!/usr/bin/env bash
# What the tests need besides npm packages: PgBouncer, Redis, Chromium and poppler from Debian, MySQL and MariaDB unpacked, the Kubernetes control plane and helm from Go modules.
#   tools.sh          everything
#   tools.sh where    prints the folder of the control plane's binaries
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
kubernetes=1.36.3 helm=v4.3.1

# Outside the checkout, so that it is built once. KUBEBUILDER_ASSETS is the convention of envtest: a folder that has the binaries already.
if [[ -n ${DBINTEL_CACHE:-} ]]; then cache=$DBINTEL_CACHE
elif [[ $(id -u) == 0 ]]; then cache=/var/cache/dbintel
else cache=${XDG_CACHE_HOME:-$HOME/.cache}/dbintel; fi
bin=$cache/control-plane-$kubernetes
[[ ${1:-} == where ]] && { echo "$bin"; exit 0; }

debian_packages() {
  local missing=()
  [[ -x /usr/sbin/pgbouncer ]] || missing+=(pgbouncer)
  [[ -x /usr/bin/redis-server ]] || missing+=(redis-server)
  [[ -x /usr/bin/redis-sentinel ]] || missing+=(redis-sentinel)
  [[ -x /usr/bin/chromium ]] || missing+=(chromium)
  [[ -x /usr/bin/pdftoppm ]] || missing+=(poppler-utils)
  [[ ${#missing[@]} == 0 ]] && return
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "installing ${missing[*]} (once, up to a minute)"
    # The packages may start services on the standard ports: policy-rc.d says no.
    policy=/usr/sbin/policy-rc.d
    [[ -e $policy ]] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod +x $policy; trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
    return
  fi
  echo "missing: ${missing[*]}; install them: sudo apt-get install ${missing[*]}" >&2
  exit 1
}

need_go() {
  command -v go >/dev/null && return
  echo 'Go 1.26 is missing: the Kubernetes control plane of the tests is built with it. Install it, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kubectl and helm' >&2
  exit 1
}

build() { # build NAME PACKAGE HOW-LONG
  [[ -x $bin/$1 || -x ${KUBEBUILDER_ASSETS:-/nowhere}/$1 ]] && return
  need_go
  echo "building $1 (once, $3 on two cores) into $bin"
  mkdir -p "$bin"
  (cd "$here/test/support/control-plane" && CGO_ENABLED=0 go build -mod=readonly -trimpath -o "$bin/$1.part" -ldflags "-s -w \
    -X k8s.io/component-base/version.gitVersion=v$kubernetes -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36" "$2")
  mv "$bin/$1.part" "$bin/$1"
}

# The OpenTelemetry Collector, as sink of what is exported and as the peer to be measured against. 0.145.0 is the newest of which all parts can be had.
build_otelcol() {
  [[ -x $cache/otelcol-0.145.0 ]] && return
  need_go
  echo "building the OpenTelemetry Collector (once, about 3 min on two cores) into $cache"
  mkdir -p "$cache"
  work=$(mktemp -d)
  GOBIN=$work CGO_ENABLED=0 go install go.opentelemetry.io/collector/cmd/builder@v0.145.0
  cp "$here/test/support/otel-collector/builder.yaml" "$work/"
  (cd "$work" && CGO_ENABLED=0 ./builder --config builder.yaml --ldflags='-s -w' >/dev/null 2>&1)
  mv "$work/dist/otelcol" "$cache/otelcol-0.145.0" && rm -rf "$work"
}

# promtool checks the chart's alerts. From Debian's package, unpacked: installing it would start a service.
fetch_promtool() {
  [[ -x $cache/promtool ]] && return
  echo "fetching promtool from Debian (once) into $cache"
  work=$(mktemp -d)
  (cd "$work" && apt-get -qq update && apt-get -qq download prometheus && dpkg -x prometheus_*.deb .)
  mv "$work/usr/bin/promtool" "$cache/promtool.part" && mv "$cache/promtool.part" "$cache/promtool" && rm -rf "$work"
}

# BuildKit's own rules for Dockerfiles, without an engine.
build_dockerfile_lint() {
  local lint=$cache/dockerfile-lint-0.34.1
  [[ -x $lint ]] && return
  need_go
  echo "building the linter of Dockerfiles (once, about 1 min on two cores) into $cache"
  mkdir -p "$cache"
  (cd "$here/test/support/dockerfile-lint" && CGO_ENABLED=0 go build -mod=readonly -trimpath -ldflags '-s -w' -o "$lint.part" .)
  mv "$lint.part" "$lint"
}

# The kinds that the Prometheus operator brings, as its module ships them.
fetch_monitoring_crds() {
  local version=v0.85.0 crds=$cache/prometheus-operator-v0.85.0
  [[ -d $crds ]] && return
  need_go
  echo "fetching the Prometheus operator's CRDs (once) into $cache"
  local folder
  folder=$(cd "$(mktemp -d)" && go mod download -json "github.com/prometheus-operator/prometheus-operator@$version" | sed -n 's/.*"Dir": "\(.*\)",/\1/p')
  mkdir -p "$crds.part"
  cp "$folder"/example/prometheus-operator-crd/monitoring.coreos.com_{servicemonitors,prometheusrules}.yaml "$crds.part/"
  mv "$crds.part" "$crds"
}

build_helm() {
  [[ -x $bin/helm || -x ${KUBEBUILDER_ASSETS:-/nowhere}/helm ]] && return
  need_go
  echo "building helm (once, about 4 min on two cores) into $bin"
  mkdir -p "$bin"
  work=$(mktemp -d)
  GOBIN=$work CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' "helm.sh/helm/v4/cmd/helm@$helm"
  mv "$work/helm" "$bin/helm" && rmdir "$work"
}

debian_packages
"$here/scripts/mysql-servers.sh" fetch mysql "$cache/mysql-9"
for version in 10.11.5 11.4.5; do "$here/scripts/mysql-servers.sh" fetch mariadb "$version" "$cache/mariadb-$version"; done
"$here/scripts/mysql-servers.sh" fetch galera "$cache/galera-4"
build etcd go.etcd.io/etcd/server/v3 'about 1 min'
build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver 'about 6 min'
build kubectl k8s.io/kubernetes/cmd/kubectl 'about 1 min'
build_helm
build_otelcol
fetch_promtool
build_dockerfile_lint
fetch_monitoring_crds
