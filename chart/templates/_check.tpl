{{/* What the schema can't say of the values: every sentence at once, before anything reaches a cluster. */}}
{{- define "dynamodr.check" -}}
{{- $wrong := list }}
{{- with .Values }}
{{- if not .region }}
  {{- $wrong = append $wrong "region is not set: name this release's Region, as values-us-east-1.yaml does (-f values-us-east-1.yaml)." }}
{{- end }}
{{- if not .table.regions }}
  {{- $wrong = append $wrong "table.regions is empty: list every Region that has a replica of the table; the first is home." }}
{{- else if and .region (not (has .region .table.regions)) }}
  {{- $wrong = append $wrong (printf "region %s is not in table.regions (%s): add it there, in every Region's values, or correct it." .region (join ", " .table.regions)) }}
{{- end }}
{{- if not .table.name }}
  {{- $wrong = append $wrong "table.name is empty: name the DynamoDB table." }}
{{- end }}
{{- if ge (int .tableJob.timeoutSeconds) (int .tableJob.activeDeadlineSeconds) }}
  {{- $wrong = append $wrong (printf "tableJob.timeoutSeconds (%v) is not below tableJob.activeDeadlineSeconds (%v): the Job would be killed before its attempt can say why it failed." .tableJob.timeoutSeconds .tableJob.activeDeadlineSeconds) }}
{{- end }}
{{- if and (not .serviceAccount.create) (not .serviceAccount.name) }}
  {{- $wrong = append $wrong "serviceAccount.name is empty while serviceAccount.create is false: name the ServiceAccount that exists, such as dynamo-sa." }}
{{- end }}
{{- if and .serviceAccount.create .tableJob.enabled (eq (include "dynamodr.serviceAccountName" $) (include "dynamodr.tableJob.serviceAccountName" $)) }}
  {{- $wrong = append $wrong "tableJob.serviceAccount.name is the service's own: the hook would delete that ServiceAccount at each upgrade. Leave it empty, or give another name." }}
{{- end }}
{{- $role := "eks.amazonaws.com/role-arn" }}
{{- $accounts := dict "serviceAccount" .serviceAccount.annotations "tableJob.serviceAccount" .tableJob.serviceAccount.annotations }}
{{- range $account, $annotations := $accounts }}
  {{- $arn := get $annotations $role }}
  {{- if and (hasKey $annotations $role) (not (regexMatch "^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$" $arn)) }}
    {{- $wrong = append $wrong (printf "%s.annotations: %s is %q, which is no ARN of a role: give arn:aws:iam::<account>:role/<name>." $account $role $arn) }}
  {{- end }}
{{- end }}
{{- if and .serviceAccount.create .tableJob.enabled (hasKey .serviceAccount.annotations $role) (not (hasKey .tableJob.serviceAccount.annotations $role)) }}
  {{- $wrong = append $wrong (printf "serviceAccount.annotations has a %s and tableJob.serviceAccount.annotations has none: the table job runs as its own ServiceAccount, %s, and needs a role that may create the table." $role (include "dynamodr.tableJob.serviceAccountName" $)) }}
{{- end }}
{{- if .autoscaling.enabled }}
  {{- if not (kindIs "invalid" .replicaCount) }}
    {{- $wrong = append $wrong "replicaCount is set and autoscaling.enabled is true: the autoscaler owns the number of replicas. Set autoscaling.minReplicas, and leave replicaCount out." }}
  {{- end }}
  {{- if gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas) }}
    {{- $wrong = append $wrong (printf "autoscaling.minReplicas (%v) is above autoscaling.maxReplicas (%v)." .autoscaling.minReplicas .autoscaling.maxReplicas) }}
  {{- end }}
  {{- $targets := dict "cpu" .autoscaling.targetCPUUtilizationPercentage "memory" .autoscaling.targetMemoryUtilizationPercentage }}
  {{- if not (compact (values $targets)) }}
    {{- $wrong = append $wrong "autoscaling has no target: set targetCPUUtilizationPercentage or targetMemoryUtilizationPercentage." }}
  {{- end }}
  {{- range $resource, $target := $targets }}
    {{- if and $target (not (dig "requests" $resource nil $.Values.resources)) }}
      {{- $wrong = append $wrong (printf "autoscaling aims at a share of the %s request, and resources.requests.%s is not set." $resource $resource) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- if and .httpRoute.enabled (not .httpRoute.parentRefs) }}
  {{- $wrong = append $wrong "httpRoute.parentRefs is empty: name the Gateway to attach to, as [{name: …, namespace: …}]." }}
{{- end }}
{{- if .globalAccelerator.enabled }}
  {{- if not (or .ingress.enabled (eq .service.type "LoadBalancer")) }}
    {{- $wrong = append $wrong "globalAccelerator.enabled needs an endpoint in this Region: enable the ingress, or make service.type LoadBalancer." }}
  {{- end }}
  {{- range $region, $other := .globalAccelerator.otherRegions }}
    {{- if eq $region $.Values.region }}
      {{- $wrong = append $wrong (printf "globalAccelerator.otherRegions names %s, which is this Region: its dial is globalAccelerator.dial." $region) }}
    {{- else if not (has $region $.Values.table.regions) }}
      {{- $wrong = append $wrong (printf "globalAccelerator.otherRegions names %s, which is not in table.regions (%s): traffic would go where no replica is." $region (join ", " $.Values.table.regions)) }}
    {{- end }}
  {{- end }}
{{- end }}
{{- if .ingress.enabled }}
  {{- if not .ingress.className }}
    {{- $wrong = append $wrong "ingress.className is empty: name the class of the controller that is to serve it, such as alb." }}
  {{- end }}
  {{- if not .ingress.host }}
    {{- $wrong = append $wrong "ingress.host is empty: name the host to serve, or \"*\" for any." }}
  {{- end }}
{{- end }}
{{- end }}
{{- with $wrong }}
{{- printf "\n\nThese values can't be installed:\n  - %s\n" (join "\n  - " .) | fail }}
{{- end }}
{{- end }}
