# Cilium, chained behind the bridge plugin, only to enforce NetworkPolicy. Pods made before its agent stay unmanaged, so it comes before any.
# shellcheck shell=bash
source_dir=$(module_dir "$(component_module cilium)")
mkdir -p cilium/bin cilium/lib
# The agent compiles its programs and looks for the compiler by its plain name.
ln -sf /usr/bin/clang-19 cilium/bin/clang
ln -sf /usr/bin/llc-19 cilium/bin/llc
[ -d cilium/lib/bpf ] || { cp -r "$source_dir/bpf" cilium/lib/bpf && chmod -R u+w cilium/lib/bpf; }
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
cgroup=/sys/fs/cgroup
[ -d "$cgroup/unified" ] && cgroup=$cgroup/unified

if [ ! -d cilium/config ]; then
  "$HELM" template cilium "$source_dir/install/kubernetes/cilium" -n kube-system --show-only templates/cilium-configmap.yaml \
    --set cni.chainingMode=generic-veth,cni.customConf=true,cni.exclusive=false,routingMode=native,ipv4NativeRoutingCIDR="$PODS" \
    --set enableIPv4Masquerade=false,enableIPv6Masquerade=false,kubeProxyReplacement=false \
    --set k8sServiceHost="$NODE_IP",k8sServicePort=6443,hubble.enabled=false,envoy.enabled=false,l7Proxy=false \
    --set operator.replicas=1,prometheus.enabled=false,operator.prometheus.enabled=false \
    --set 'ipam.mode=cluster-pool,ipam.operator.clusterPoolIPv4PodCIDRList={10.77.0.0/16}' >cilium/config.yaml
  mkdir cilium/config.new
  # The agent reads one file a key.
  kubectl create --dry-run=client -o json -f cilium/config.yaml | python3 -c '
import json, pathlib, sys
where, cgroup = pathlib.Path(sys.argv[1]), sys.argv[2]
data = json.load(sys.stdin)["data"] | {
    "cgroup-root": cgroup, "bpf-root": "/sys/fs/bpf", "procfs": "/proc", "enable-xt-socket-fallback": "false"}
for key in ("write-cni-conf-when-ready", "cni-exclusive", "cni-log-file", "operator-prometheus-serve-addr"):
    data.pop(key, None)
for key, value in data.items():
    (where / key).write_text(value)
' cilium/config.new "$cgroup"
  mv cilium/config.new cilium/config
fi

start cilium-operator env K8S_NODE_NAME="$NODE" CILIUM_K8S_NAMESPACE=kube-system \
  cilium-operator --config-dir="$STATE/cilium/config" --k8s-kubeconfig-path="$STATE/admin.kubeconfig"
wait_for cilium-operator kubectl get crd ciliumendpoints.cilium.io ciliumidentities.cilium.io ciliumnodes.cilium.io
start cilium-agent env PATH="$STATE/cilium/bin:$PATH" K8S_NODE_NAME="$NODE" CILIUM_K8S_NAMESPACE=kube-system \
  cilium-agent --config-dir="$STATE/cilium/config" --k8s-kubeconfig-path="$STATE/admin.kubeconfig" --lib-dir="$STATE/cilium/lib" --state-dir=/run/cilium
wait_for cilium-agent curl -fs -H brief:true http://127.0.0.1:9879/healthz

cp -u "$BIN/cilium-cni" cni/bin/cilium-cni
python3 - cni/conf/10-pods.conflist <<'PY'
import json, pathlib, sys
path = pathlib.Path(sys.argv[1])
conf = json.loads(path.read_text())
if not any(plugin["type"] == "cilium-cni" for plugin in conf["plugins"]):
    conf["plugins"].append({"type": "cilium-cni", "chaining-mode": "generic-veth"})
    path.write_text(json.dumps(conf))
PY
