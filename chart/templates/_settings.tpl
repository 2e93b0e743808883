{{/* The environment of `dynamodr`, as its settings name it. */}}

{{/* What the service and the table job both read. */}}
{{- define "dynamodr.settings.shared" -}}
AWS_REGION: {{ .Values.region | quote }}
TABLE_NAME: {{ .Values.table.name | quote }}
TABLE_REGIONS: {{ join "," .Values.table.regions | quote }}
{{- with .Values.table.endpoint }}
DYNAMO_ENDPOINT: {{ . | quote }}
{{- end }}
LOG_LEVEL: {{ .Values.app.logLevel | quote }}
{{- end }}

{{- define "dynamodr.settings.service" -}}
{{ include "dynamodr.settings.shared" . }}
BASE_PATH: {{ .Values.app.basePath | quote }}
WRITE_MODE: {{ .Values.app.writeMode | quote }}
ADD_USER_BY_GET: {{ .Values.app.addUserByGet | quote }}
PORT: "5000"
METRICS_PORT: "9090"
WORKERS: {{ .Values.app.workers | quote }}
THREADS: {{ .Values.app.threads | quote }}
DRAIN_SECONDS: {{ .Values.shutdown.drainSeconds | quote }}
{{- with include "dynamodr.settings.authTokenFile" . }}
AUTH_TOKEN_FILE: {{ . | quote }}
AUTH_READS: {{ $.Values.app.authToken.reads | quote }}
{{- end }}
{{- end }}

{{- define "dynamodr.settings.authTokenFile" -}}
{{- with .Values.app.authToken.secretName }}/etc/dynamodr/token/{{ $.Values.app.authToken.key }}{{ end }}
{{- end }}

{{- define "dynamodr.settings.table" -}}
TABLE_DELETION_PROTECTION: {{ .Values.table.deletionProtection | quote }}
TABLE_POINT_IN_TIME_RECOVERY: {{ .Values.table.pointInTimeRecovery | quote }}
{{- with .Values.table.tags }}
{{- $tags := list }}
{{- range $key, $value := . }}{{ $tags = append $tags (printf "%s=%s" $key $value) }}{{ end }}
TABLE_TAGS: {{ join "," $tags | quote }}
{{- end }}
{{- with .Values.table.warmThroughput.read }}
TABLE_WARM_THROUGHPUT_READ: {{ int64 . | quote }}
{{- end }}
{{- with .Values.table.warmThroughput.write }}
TABLE_WARM_THROUGHPUT_WRITE: {{ int64 . | quote }}
{{- end }}
{{- end }}

{{- define "dynamodr.settings.tableJob" -}}
{{ include "dynamodr.settings.shared" . }}
{{ include "dynamodr.settings.table" . }}
TABLE_TIMEOUT_SECONDS: {{ .Values.tableJob.timeoutSeconds | quote }}
TABLE_POLL_SECONDS: {{ .Values.tableJob.pollSeconds | quote }}
{{- end }}

{{/* The table that is wanted. On the Deployment it makes a changed table a change that Argo CD syncs: a change of a
     hook alone is none to it. */}}
{{- define "dynamodr.tableChecksum" -}}
{{ printf "%s\n%s\n%s" .Values.table.name (join "," .Values.table.regions) (include "dynamodr.settings.table" .) | sha256sum }}
{{- end }}
