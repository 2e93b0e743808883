# Certificates of one day's cluster: an authority, the servers and the clients; and a kubeconfig for each client.
# shellcheck shell=bash

certificate() { # NAME SUBJECT ALTERNATIVE-NAMES [AUTHORITY]
  local ca=${4:-ca}
  [ -f "pki/$1.crt" ] && return
  openssl req -newkey rsa:2048 -nodes -keyout "pki/$1.key" -out "pki/$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "pki/$1.csr" -CA "pki/$ca.crt" -CAkey "pki/$ca.key" -CAcreateserial -days 30 -out "pki/$1.crt" \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=clientAuth,serverAuth\n' "$3") 2>/dev/null
}

authority() { # NAME
  [ -f "pki/$1.crt" ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout "pki/$1.key" -out "pki/$1.crt" -subj "/CN=$1" -days 30 2>/dev/null
}

kubeconfig_for() { # NAME
  [ -f "$1.kubeconfig" ] && return
  (umask 077; cat >"$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: rehearsal, cluster: {server: "https://$NODE_IP:6443", certificate-authority: $STATE/pki/ca.crt}}]
users: [{name: $1, user: {client-certificate: $STATE/pki/$1.crt, client-key: $STATE/pki/$1.key}}]
contexts: [{name: rehearsal, context: {cluster: rehearsal, user: $1}}]
current-context: rehearsal
YAML
  )
}

authority ca
authority front-ca
[ -f pki/sa.key ] || openssl genrsa -out pki/sa.key 2048 2>/dev/null
[ -f pki/sa.pub ] || openssl rsa -in pki/sa.key -pubout -out pki/sa.pub 2>/dev/null
certificate apiserver /CN=kube-apiserver \
  "IP:127.0.0.1,IP:$SERVICES_FIRST,IP:$NODE_IP,DNS:localhost,DNS:kubernetes.default.svc,DNS:kubernetes.default,DNS:kubernetes"
certificate admin /O=system:masters/CN=admin DNS:admin
certificate kubelet "/O=system:nodes/CN=system:node:$NODE" "DNS:$NODE,IP:127.0.0.1,IP:$NODE_IP"
certificate front /CN=front-proxy-client DNS:front front-ca
kubeconfig_for admin
kubeconfig_for kubelet
