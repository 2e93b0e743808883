# The two images that the cluster itself runs, made from programs that are here already: no registry is asked.
# shellcheck shell=bash

# image_of NAME PROGRAM COMMAND...: an image that holds one static program.
image_of() {
  local name=$1 program=$2; shift 2
  local tar; tar=$CACHE/images/${name//[\/:]/_}-$(cksum <"$program" | cut -d' ' -f1).tar
  if [ ! -f "$tar" ]; then
    local c; c=$(buildah from scratch)
    buildah copy -q "$c" "$program" "/${program##*/}" >/dev/null
    buildah config --entrypoint "$(printf '%s\n' "$@" | python3 -c 'import json, sys; print(json.dumps(sys.stdin.read().split("\n")[:-1]))')" --user 65532 "$c"
    buildah commit -q --rm "$c" "$name" >/dev/null
    buildah push -q "$name" "docker-archive:$tar.$$:$name" && mv "$tar.$$" "$tar"
  fi
  ctr -a "$STATE/run/containerd.sock" -n k8s.io image import "$tar" >/dev/null
}

mkdir -p "$CACHE/images"
wait_for containerd ctr -a "$STATE/run/containerd.sock" version
image_of "$PAUSE_IMAGE" /bin/busybox /busybox sleep 2147483647
image_of "$COREDNS_IMAGE" "$BIN/coredns" /coredns
