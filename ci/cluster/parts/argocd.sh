# Argo CD's controllers as host processes.
# shellcheck shell=bash
argo_dir=$(module_dir "$(component_module argocd)" "$(component_go argocd)")
mkdir -p argocd/{bin,tls,ssh,gpg/source,gpg/keys,tmp,home}
chmod 700 argocd/gpg/keys
for name in application-controller repo-server applicationset-controller; do ln -sf "$BIN/argocd" "argocd/bin/argocd-$name"; done
ln -sf "$HELM" argocd/bin/helm
# The repo server calls these by name; without them it reports "permission denied".
for name in git-verify-wrapper.sh gpg-wrapper.sh; do install -m 0755 "$argo_dir/hack/$name" "argocd/bin/$name"; done

# shellcheck disable=SC2046
kubectl apply --server-side --force-conflicts $(printf -- '-f %s ' "$argo_dir"/manifests/crds/*-crd.yaml) >/dev/null
# In a loop: `kubectl wait` fails at once on a definition that has no conditions yet.
wait_for apiserver kubectl wait --for=condition=Established --timeout=1s \
  crd/applications.argoproj.io crd/appprojects.argoproj.io crd/applicationsets.argoproj.io
kubectl apply -f "$HERE/manifests/argocd.yaml" >/dev/null
# Controllers take their namespace from the current context.
kubectl config view --raw --flatten >argocd/kubeconfig && chmod 600 argocd/kubeconfig
kubectl --kubeconfig argocd/kubeconfig config set-context --current --namespace=argocd >/dev/null

argo() {
  local name=$1; shift
  start "argocd-$name" env KUBECONFIG="$STATE/argocd/kubeconfig" HOME="$STATE/argocd/home" TMPDIR="$STATE/argocd/tmp" \
    PATH="$STATE/argocd/bin:$PATH" ARGOCD_FAKE_IN_CLUSTER=true ARGOCD_TLS_DATA_PATH="$STATE/argocd/tls" \
    ARGOCD_SSH_DATA_PATH="$STATE/argocd/ssh" ARGOCD_GPG_ENABLED=false ARGOCD_GPG_DATA_PATH="$STATE/argocd/gpg/source" \
    ARGOCD_GNUPGHOME="$STATE/argocd/gpg/keys" ARGOCD_CONTROLLER_REPLICAS=1 ARGOCD_CONTROLLER_SHARD=0 \
    "$STATE/argocd/bin/argocd-$name" "$@" --logformat text
}
start redis redis-server --bind 127.0.0.1 --port 16379 --save '' --appendonly no --dir "$STATE/argocd/tmp"
wait_for redis redis-cli -p 16379 ping
argo repo-server --address 127.0.0.1 --port 18081 --metrics-address 127.0.0.1 --metrics-port 18084 --disable-tls --client-ca-path "" \
  --redis 127.0.0.1:16379 --revision-cache-expiration 5s
argo application-controller --kubeconfig "$STATE/argocd/kubeconfig" -n argocd --repo-server 127.0.0.1:18081 --repo-server-plaintext \
  --redis 127.0.0.1:16379 --metrics-port 18082 --app-resync 15 --app-resync-jitter 0 --status-processors 4 --operation-processors 4
argo applicationset-controller --kubeconfig "$STATE/argocd/kubeconfig" -n argocd --argocd-repo-server 127.0.0.1:18081 --repo-server-plaintext \
  --metrics-addr 127.0.0.1:18085 --probe-addr 127.0.0.1:18086 --webhook-addr 127.0.0.1:18087
wait_for argocd-application-controller curl -fs http://127.0.0.1:18082/healthz
wait_for argocd-applicationset-controller curl -fs http://127.0.0.1:18085/metrics
