# Traefik as a host process on loopback: the Ingress controller and the Gateway API's.
# shellcheck shell=bash
kubectl apply --server-side --force-conflicts -f "$(module_dir "$GATEWAY_API")/config/crd/standard" >/dev/null
kubectl apply -f "$HERE/manifests/ingress.yaml" >/dev/null
KUBECONFIG=$STATE/admin.kubeconfig start traefik traefik --global.checknewversion=false --global.sendanonymoususage=false \
  --entrypoints.web.address="127.0.0.1:$INGRESS_PORT" --entrypoints.traefik.address=127.0.0.1:8881 --ping=true \
  --providers.kubernetesingress=true --providers.kubernetesingress.ingressclass=traefik --providers.kubernetesingress.ingressendpoint.ip=127.0.0.1 \
  --providers.kubernetesgateway=true --providers.kubernetesgateway.statusaddress.ip=127.0.0.1
wait_for traefik curl -fs http://127.0.0.1:8881/ping
wait_for traefik kubectl wait gatewayclass/traefik --for=condition=Accepted --timeout=1s
