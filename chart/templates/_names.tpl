{{/* Names, labels and annotations. A full name leaves 13 of a name's 63 characters to its longest suffix. */}}

{{- define "dynamodr.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "dynamodr.fullname" -}}
{{- $name := include "dynamodr.name" . }}
{{- $whole := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $whole .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* Labels that select pods: never the chart's version, never anything that changes. */}}
{{- define "dynamodr.selectorLabels" -}}
app.kubernetes.io/name: {{ include "dynamodr.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Metadata of an object: (dict "root" $ "component" "service" "name" "suffixed" "labels" (dict) "annotations" (dict)).
     Its name is the full name unless given; the last three are optional. */}}
{{- define "dynamodr.metadata" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" (.root.Chart.AppVersion | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/managed-by" .root.Release.Service
  "app.kubernetes.io/part-of" "dynamodr" }}
{{- $selector := include "dynamodr.selectorLabels" . | fromYaml -}}
name: {{ default (include "dynamodr.fullname" .root) .name | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- mergeOverwrite (dict) $own .root.Values.commonLabels (.labels | default dict) $selector | toYaml | nindent 2 }}
{{- with mergeOverwrite (dict) .root.Values.commonAnnotations (.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "dynamodr.serviceAccountName" -}}
{{- default (include "dynamodr.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{/* Whether the chart makes the table job's account: "" if not. */}}
{{- define "dynamodr.tableJob.makesServiceAccount" -}}
{{- $told := .Values.tableJob.serviceAccount.create }}
{{- if ternary .Values.serviceAccount.create $told (kindIs "invalid" $told) }}yes{{ end }}
{{- end }}

{{/* Made by the chart, the table job's account is its own: the hook runs before the service's exists. */}}
{{- define "dynamodr.tableJob.serviceAccountName" -}}
{{- $service := include "dynamodr.serviceAccountName" . }}
{{- default (ternary (printf "%s-hook" $service) $service .Values.serviceAccount.create) .Values.tableJob.serviceAccount.name }}
{{- end }}

{{/* Annotations of what the table job needs: as a hook it is there before it, by its weight, and as long. */}}
{{- define "dynamodr.tableJob.before" -}}
{{- if .Values.tableJob.hook }}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: "-10"
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
{{- end }}

{{- define "dynamodr.image" -}}
{{- $image := .Values.image }}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}{{ else }}{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}{{ end }}
{{- end }}
