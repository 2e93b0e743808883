# One node and its control plane: etcd, containerd, API server, controllers, scheduler, kubelet, kube-proxy.
# shellcheck shell=bash

# The node's address can't be loopback (the kubelet refuses it), so the Pods' bridge, made first, lends its own.
ip link show cni0 >/dev/null 2>&1 || ip link add cni0 type bridge
[ -n "$(ip -o addr show dev cni0 to "$NODE_IP/32")" ] || ip addr add "$NODE_IP/16" dev cni0
ip link set cni0 up
# Until kube-proxy knows a Service, its address must lead nowhere. By the default route, whatever stands out there might answer, and the API
# server keep that connection: then no aggregated API is ever found.
ip route replace "$SERVICES" dev cni0
modprobe -q br_netfilter 2>/dev/null || true
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null || true

start etcd etcd --data-dir "$STATE/etcd" --listen-client-urls http://127.0.0.1:12379 --advertise-client-urls http://127.0.0.1:12379 \
  --listen-peer-urls http://127.0.0.1:12380 --unsafe-no-fsync

cat >containerd.toml <<TOML
version = 2
root = "$STATE/containerd"
state = "$STATE/run/containerd"
[grpc]
  address = "$STATE/run/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$PAUSE_IMAGE"
  # Lowering a score wants CAP_SYS_RESOURCE, which a container or a sandboxed machine lacks.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$STATE/cni/bin"
    conf_dir = "$STATE/cni/conf"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
[plugins."io.containerd.internal.v1.opt"]
  path = "$STATE/opt"
TOML
mkdir -p cni/bin cni/conf
cp -u /usr/lib/cni/* cni/bin/
[ -f cni/conf/10-pods.conflist ] || cat >cni/conf/10-pods.conflist <<JSON
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$PODS"}]], "routes": [{"dst": "0.0.0.0/0"}], "dataDir": "$STATE/cni/addresses"}},
  {"type": "portmap", "capabilities": {"portMappings": true}}
]}
JSON
start containerd containerd --config "$STATE/containerd.toml"

wait_for etcd curl -fs http://127.0.0.1:12379/health
start apiserver kube-apiserver --etcd-servers=http://127.0.0.1:12379 --bind-address="$NODE_IP" --secure-port=6443 --advertise-address="$NODE_IP" \
  --tls-cert-file=pki/apiserver.crt --tls-private-key-file=pki/apiserver.key --client-ca-file=pki/ca.crt \
  --service-account-key-file=pki/sa.pub --service-account-signing-key-file=pki/sa.key \
  --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range="$SERVICES" --service-node-port-range=30000-32767 \
  --authorization-mode=Node,RBAC --allow-privileged \
  --kubelet-client-certificate=pki/admin.crt --kubelet-client-key=pki/admin.key --kubelet-preferred-address-types=InternalIP \
  --requestheader-client-ca-file=pki/front-ca.crt --requestheader-allowed-names=front-proxy-client \
  --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- \
  --proxy-client-cert-file=pki/front.crt --proxy-client-key-file=pki/front.key
wait_for apiserver kubectl get --raw /readyz
start controller-manager kube-controller-manager --kubeconfig=admin.kubeconfig --service-account-private-key-file=pki/sa.key \
  --root-ca-file=pki/ca.crt --use-service-account-credentials --leader-elect=false --bind-address=127.0.0.1 \
  --horizontal-pod-autoscaler-sync-period=5s --horizontal-pod-autoscaler-initial-readiness-delay=5s \
  --horizontal-pod-autoscaler-cpu-initialization-period=10s
start scheduler kube-scheduler --kubeconfig=admin.kubeconfig --leader-elect=false --bind-address=127.0.0.1

cat >kubelet.yaml <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
healthzBindAddress: 127.0.0.1
authentication: {x509: {clientCAFile: $STATE/pki/ca.crt}, anonymous: {enabled: false}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix://$STATE/run/containerd.sock
cgroupDriver: cgroupfs
cgroupsPerQOS: true
enforceNodeAllocatable: []
clusterDNS: [$SERVICES_DNS]
clusterDomain: cluster.local
resolvConf: ""
failSwapOn: false
oomScoreAdj: 0
evictionHard: {memory.available: 100Mi, nodefs.available: "1%", imagefs.available: "1%"}
imageMinimumGCAge: 24h
nodeStatusUpdateFrequency: 4s
syncFrequency: 10s
tlsCertFile: $STATE/pki/kubelet.crt
tlsPrivateKeyFile: $STATE/pki/kubelet.key
volumePluginDir: $STATE/volume-plugins
podLogsDir: $STATE/pod-logs
YAML
wait_for containerd ctr -a "$STATE/run/containerd.sock" version
start kubelet kubelet --kubeconfig=kubelet.kubeconfig --config=kubelet.yaml --hostname-override="$NODE" --node-ip="$NODE_IP" --root-dir="$STATE/kubelet" -v=1

cat >kube-proxy.new <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
bindAddress: $NODE_IP
clientConnection: {kubeconfig: $STATE/admin.kubeconfig}
clusterCIDR: $PODS
hostnameOverride: $NODE
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
iptables: {minSyncPeriod: 200ms, syncPeriod: 30s}
YAML
# It ends when its file is written, be it with the same words.
cmp -s kube-proxy.new kube-proxy.yaml || cp kube-proxy.new kube-proxy.yaml
start kube-proxy kube-proxy --config=kube-proxy.yaml
wait_for kubelet kubectl wait "node/$NODE" --for=condition=Ready --timeout=1s
