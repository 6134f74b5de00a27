#!/usr/bin/env bash
# What the tests need besides npm packages, from Debian: PgBouncer. As root it is installed; otherwise the command is said.
set -euo pipefail
[[ -x /usr/sbin/pgbouncer ]] && exit 0
if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
  echo 'installing PgBouncer (once)'
  # The package may start a service on the standard port: policy-rc.d says no.
  policy=/usr/sbin/policy-rc.d
  [[ -e $policy ]] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod +x $policy; trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends pgbouncer >/dev/null
  exit 0
fi
echo 'PgBouncer is missing; install it: sudo apt-get install pgbouncer' >&2
exit 1
