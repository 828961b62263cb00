#!/bin/sh
# hamburg-ot: made by `nonreturn-ot harden`. Root runs it at every start of the machine and after every `ip link set diode0 up`.
set -eu
cd "$(dirname "$0")"
nft -f nonreturn-ot.nft
sysctl -q -p nonreturn-ot-interface.conf
ip link set dev diode0 arp off multicast off allmulticast off promisc off
ip link set dev diode0 mtu 1500
ip link set dev diode0 up
ip address replace 192.0.2.1/32 dev diode0
# The far address is on the link and nowhere else: what anybody sends there meets the rules, never another network.
ip route replace 192.0.2.2/32 dev diode0 src 192.0.2.1
ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev diode0 nud permanent
