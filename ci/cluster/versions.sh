# What the cluster is made of, in one place. A component's version is the one its go.mod requires.
# shellcheck shell=sh disable=SC2034

# component: the programs built from its module, as NAME=PACKAGE
KUBERNETES="kube-apiserver=k8s.io/kubernetes/cmd/kube-apiserver
kube-controller-manager=k8s.io/kubernetes/cmd/kube-controller-manager
kube-scheduler=k8s.io/kubernetes/cmd/kube-scheduler
kube-proxy=k8s.io/kubernetes/cmd/kube-proxy
kubelet=k8s.io/kubernetes/cmd/kubelet
kubectl=k8s.io/kubernetes/cmd/kubectl"
COREDNS="coredns=github.com/coredns/coredns"
TRAEFIK="traefik=github.com/traefik/traefik/v3/cmd/traefik"
METRICS_SERVER="metrics-server=sigs.k8s.io/metrics-server/cmd/metrics-server"
CILIUM="cilium-agent=github.com/cilium/cilium/daemon
cilium-operator=github.com/cilium/cilium/operator
cilium-cni=github.com/cilium/cilium/plugins/cilium-cni"
ARGOCD="argocd=github.com/argoproj/argo-cd/v3/cmd"

COMPONENTS="kubernetes coredns traefik metrics-server cilium argocd"

# Custom resources come as modules too: Traefik 3.5 speaks this Gateway API.
GATEWAY_API=sigs.k8s.io/gateway-api@v1.3.0

# Debian's packages.
PACKAGES="etcd-server containerd runc containernetworking-plugins iptables conntrack ipset iproute2 busybox-static openssl curl"
PACKAGES_CILIUM="clang-19 llvm-19"
PACKAGES_ARGOCD="redis-server git"

# kind's node, of the release that ci/tools/kind pins: its notes name this image.
KIND_NODE=kindest/node:v1.34.11@sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d
