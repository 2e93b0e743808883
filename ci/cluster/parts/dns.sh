# Cluster DNS as Pods, so that an egress policy towards it means something.
# shellcheck shell=bash
sed "s|@IMAGE@|$COREDNS_IMAGE|; s|@ADDRESS@|$SERVICES_DNS|" "$HERE/manifests/coredns.yaml" | kubectl apply -f - >/dev/null
wait_for coredns kubectl -n kube-system rollout status deployment/coredns --timeout=1s
