#!/usr/bin/env bash
# Installs the independent servers and clients that `npm run test:servers` and `npm run bench` talk to, and what `npm run silence` needs (Debian 12 or later, as root).
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
packages=(
  ethtool iproute2 nftables udpcast
  influxdb mariadb-server nats-server
  mbpoll python3-pymodbus python3-serial python3-serial-asyncio
  mosquitto mosquitto-clients
  nmap tshark
  sqlite3
  tcpdump util-linux
)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing+=("$package")
done
if ((${#missing[@]} > 0)); then
  apt-get update -qq
  # policy-rc.d keeps Debian from starting the services: the tests start their own, on free ports.
  policy=/usr/sbin/policy-rc.d
  made=""
  if [[ ! -e $policy ]]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made=1; fi
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
  [[ -z $made ]] || rm -f "$policy"
fi
