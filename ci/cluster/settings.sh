# Where the cluster lives and what its addresses are; the environment may say otherwise.
# shellcheck shell=bash disable=SC2034
HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/versions.sh"
. "$HERE/process.sh"

# Short, for the sockets in it: a socket's path may have 107 characters.
STATE=${CLUSTER_STATE:-/var/lib/dynamodr-cluster}
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/dynamodr/cluster
BIN=$CACHE/bin
INGRESS_PORT=8880
# Seconds that anything may take to come, as long as it lives.
PATIENCE=${CLUSTER_PATIENCE:-300}
NODE=node1
NODE_IP=10.88.0.1
PODS=10.88.0.0/16
SERVICES=10.96.0.0/16
SERVICES_FIRST=10.96.0.1
SERVICES_DNS=10.96.0.10
PAUSE_IMAGE=localhost/pause:1
COREDNS_IMAGE=localhost/coredns:1
# module_dir MODULE@VERSION [GO-VERSION]: where its source is; with another Go where the module asks for a newer one.
# -mod=mod and no flag of the caller's: modules are only downloaded, never resolved anew.
module_dir() {
  local answer
  answer=$(cd / && GOFLAGS=-mod=mod GOTOOLCHAIN=${2:+go}${2:-local} go mod download -json "$1") ||
    { echo "cluster: no source of $1: $answer" >&2; return 1; }
  sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$answer"
}
component_go() { awk '$1 == "go" { print $2; exit }' "$HERE/components/$1/go.mod"; }
component_module() { awk '$1 == "require" && $3 ~ /^v/ { print $2 "@" $3; exit }' "$HERE/components/$1/go.mod"; }
