{{/* What the schema can't say of the values, a line for each wrong; nothing if all is well. */}}
{{- define "dynamodr.wrong" -}}
{{- $v := .Values }}
{{- if not $v.region }}
- region is not set: name this release's Region, as values-us-east-1.yaml does (-f values-us-east-1.yaml).
{{- end }}
{{- if not $v.table.regions }}
- table.regions is empty: list every Region that has a replica of the table; the first is home.
{{- else if and $v.region (not (has $v.region $v.table.regions)) }}
- region {{ $v.region }} is not in table.regions ({{ join ", " $v.table.regions }}): add it there, in every Region's values, or correct it.
{{- end }}
{{- if not $v.table.name }}
- table.name is empty: name the DynamoDB table.
{{- end }}
{{- range $tag, $_ := $v.table.tags }}
{{- if hasPrefix "aws:" $tag }}
- table.tags has {{ $tag }}: keys that begin with aws: are AWS's own.
{{- end }}
{{- end }}
{{- if ge (int $v.tableJob.timeoutSeconds) (int $v.tableJob.activeDeadlineSeconds) }}
- tableJob.timeoutSeconds ({{ $v.tableJob.timeoutSeconds }}) is not below tableJob.activeDeadlineSeconds ({{ $v.tableJob.activeDeadlineSeconds }}): the Job would be killed before its attempt can say why it failed.
{{- end }}
{{- if and $v.app.authToken.reads (not $v.app.authToken.secretName) }}
- app.authToken.reads is true and app.authToken.secretName is empty: name the Secret with the tokens.
{{- end }}
{{- $full := include "dynamodr.fullname" . }}
{{- if not (regexMatch "^[a-z]([a-z0-9-]*[a-z0-9])?$" $full) }}
- the full name is {{ $full }}, which Kubernetes takes for no Service's name: a letter first, then letters, digits and "-". Set fullnameOverride.
{{- end }}
{{- range $name, $cure := dict
  "PORT" "probes, Service and NetworkPolicy know 5000 alone. Take it out"
  "METRICS_PORT" "ServiceMonitor and NetworkPolicy know 9090 alone. Take it out"
  "BASE_PATH" "set app.basePath, which Ingress and HTTPRoute follow"
  "DRAIN_SECONDS" "set shutdown.drainSeconds, which the grace period follows"
  "TABLE_TIMEOUT_SECONDS" "set tableJob.timeoutSeconds, which is held against the deadline" }}
{{- if hasKey $v.extraEnv $name }}
- extraEnv has {{ $name }}: {{ $cure }}.
{{- end }}
{{- end }}
{{- if and $v.metrics.prometheusRule.enabled (not $v.metrics.serviceMonitor.enabled) }}
- metrics.prometheusRule.enabled needs metrics.serviceMonitor.enabled: its alerts are about the job {{ $full }}-metrics, and DynamodrDown fires for as long as nobody scrapes it.
{{- end }}
{{- include "dynamodr.wrong.accounts" . }}
{{- if $v.autoscaling.enabled }}
{{- include "dynamodr.wrong.autoscaling" . }}
{{- end }}
{{- include "dynamodr.wrong.fence" . }}
{{- if $v.ingress.enabled }}
{{- if not $v.ingress.className }}
- ingress.className is empty: name the class of the controller that is to serve it, such as alb.
{{- end }}
{{- if not $v.ingress.host }}
- ingress.host is empty: name the host to serve, or "*" for any.
{{- end }}
{{- end }}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) }}
- httpRoute.parentRefs is empty: name the Gateway to attach to, as [{name: …, namespace: …}].
{{- end }}
{{- if $v.globalAccelerator.enabled }}
{{- include "dynamodr.wrong.globalAccelerator" . }}
{{- end }}
{{- end }}

{{- define "dynamodr.wrong.accounts" -}}
{{- $v := .Values }}
{{- $role := "eks.amazonaws.com/role-arn" }}
{{- $hook := include "dynamodr.tableJob.serviceAccountName" . }}
{{- $make := include "dynamodr.tableJob.makesServiceAccount" . }}
{{- if and (not $v.serviceAccount.create) (not $v.serviceAccount.name) }}
- serviceAccount.name is empty while serviceAccount.create is false: name the ServiceAccount that exists, such as dynamo-sa.
{{- end }}
{{- if and $make $v.tableJob.enabled (eq (include "dynamodr.serviceAccountName" .) $hook) }}
- tableJob.serviceAccount.name is the service's own, {{ $hook }}: the hook would delete that ServiceAccount at each upgrade. Leave it empty, or give another name.
{{- end }}
{{- range $key, $annotations := dict "serviceAccount" $v.serviceAccount.annotations "tableJob.serviceAccount" $v.tableJob.serviceAccount.annotations }}
{{- if and (hasKey $annotations $role) (not (regexMatch "^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$" (get $annotations $role))) }}
- {{ $key }}.annotations: {{ $role }} is {{ get $annotations $role | quote }}, which is no ARN of a role: give arn:aws:iam::<account>:role/<name>.
{{- end }}
{{- end }}
{{- if and $v.serviceAccount.create $make $v.tableJob.enabled (hasKey $v.serviceAccount.annotations $role) (not (hasKey $v.tableJob.serviceAccount.annotations $role)) }}
- serviceAccount.annotations has a {{ $role }} and tableJob.serviceAccount.annotations has none: the table job runs as its own ServiceAccount, {{ $hook }}, and needs a role that may create the table.
{{- end }}
{{- end }}

{{- define "dynamodr.wrong.autoscaling" -}}
{{- $v := .Values }}
{{- $scaling := $v.autoscaling }}
{{- if not (kindIs "invalid" $v.replicaCount) }}
- replicaCount is set and autoscaling.enabled is true: the autoscaler owns the number of replicas. Set autoscaling.minReplicas, and leave replicaCount out.
{{- end }}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) }}
- autoscaling.minReplicas ({{ $scaling.minReplicas }}) is above autoscaling.maxReplicas ({{ $scaling.maxReplicas }}).
{{- end }}
{{- if not (or $scaling.targetCPUUtilizationPercentage $scaling.targetMemoryUtilizationPercentage) }}
- autoscaling has no target: set targetCPUUtilizationPercentage or targetMemoryUtilizationPercentage.
{{- end }}
{{- range $resource, $target := dict "cpu" $scaling.targetCPUUtilizationPercentage "memory" $scaling.targetMemoryUtilizationPercentage }}
{{- if and $target (not (dig "requests" $resource "" $v.resources)) }}
- autoscaling aims at a share of the {{ $resource }} request, and resources.requests.{{ $resource }} is not set.
{{- end }}
{{- end }}
{{- end }}

{{/* Each worker reads the fence once in 0.95 s on average, strongly consistent, and one item is told 3,000 times a second at
     most: docs/scale.md. Beyond that, reads fail, and where the fence is unknown nobody writes. */}}
{{- define "dynamodr.wrong.fence" -}}
{{- $v := .Values }}
{{- $pods := int ($v.autoscaling.enabled | ternary $v.autoscaling.maxReplicas ($v.replicaCount | default 2)) }}
{{- /* A roll-out has a quarter more, rounded up: the Deployment's maxSurge. */}}
{{- $workers := mul (div (add (mul $pods 5) 3) 4) $v.app.workers }}
{{- if and (eq $v.app.writeMode "active-region") (gt $workers 2850) }}
- {{ $pods }} pods of {{ $v.app.workers }} workers, and a quarter more in a roll-out, would read the fence more often than DynamoDB answers for one item: keep their product to 2280 or less (fewer pods), or set app.writeMode to any.
{{- end }}
{{- end }}

{{- define "dynamodr.wrong.globalAccelerator" -}}
{{- $v := .Values }}
{{- if not (or $v.ingress.enabled (eq $v.service.type "LoadBalancer")) }}
- globalAccelerator.enabled needs an endpoint in this Region: enable the ingress, or make service.type LoadBalancer.
{{- end }}
{{- range $v.globalAccelerator.ports }}{{/* never empty, says the schema */}}
{{- if and (not $v.ingress.enabled) (ne (int .) (int $v.service.port)) }}
- globalAccelerator.ports has {{ . }}, and the Service's load balancer listens on service.port, {{ $v.service.port }}, alone: make them the same.
{{- end }}
{{- end }}
{{- range $region, $_ := $v.globalAccelerator.otherRegions }}
{{- if eq $region $v.region }}
- globalAccelerator.otherRegions names {{ $region }}, which is this Region: its dial is globalAccelerator.dial.
{{- else if not (has $region $v.table.regions) }}
- globalAccelerator.otherRegions names {{ $region }}, which is not in table.regions ({{ join ", " $v.table.regions }}): traffic would go where no replica is.
{{- end }}
{{- end }}
{{- end }}

{{- define "dynamodr.check" -}}
{{- with include "dynamodr.wrong" . | trim }}
{{- printf "\n\nThese values can't be installed:\n%s\n" . | fail }}
{{- end }}
{{- end }}
