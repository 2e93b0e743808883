# metrics-server as a host process behind its APIService: what the HPA reads.
# shellcheck shell=bash
certificate metrics /CN=metrics-server DNS:metrics-server.kube-system.svc
start metrics-server metrics-server --kubeconfig=admin.kubeconfig --authentication-kubeconfig=admin.kubeconfig --authorization-kubeconfig=admin.kubeconfig \
  --bind-address="$NODE_IP" --secure-port=4443 --tls-cert-file=pki/metrics.crt --tls-private-key-file=pki/metrics.key \
  --kubelet-certificate-authority=pki/ca.crt --kubelet-client-certificate=pki/admin.crt --kubelet-client-key=pki/admin.key \
  --kubelet-preferred-address-types=InternalIP --metric-resolution=10s --kubelet-request-timeout=5s
sed "s|@ADDRESS@|$NODE_IP|; s|@CA@|$(base64 -w0 pki/ca.crt)|" "$HERE/manifests/metrics-server.yaml" | kubectl apply -f - >/dev/null
wait_for metrics-server kubectl top node "$NODE"
