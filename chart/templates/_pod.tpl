{{/* What every pod shares: the service's, the table job's and the tests'. */}}

{{/* Metadata of a pod: (dict "root" $ "component" "service" "labels" (dict) "annotations" (dict)). */}}
{{- define "dynamodr.pod.metadata" -}}
labels:
  {{- $selector := include "dynamodr.selectorLabels" . | fromYaml }}
  {{- mergeOverwrite (dict) .root.Values.commonLabels .root.Values.podLabels (.labels | default dict) $selector | toYaml | nindent 2 }}
{{- with mergeOverwrite (dict) .root.Values.podAnnotations (.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Identity, placement and security of a pod: (dict "root" $ "serviceAccount" "name"). */}}
{{- define "dynamodr.pod.spec" -}}
{{- $v := .root.Values -}}
serviceAccountName: {{ .serviceAccount | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $v.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml $v.podSecurityContext | nindent 2 }}
{{- with $v.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $v.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Image and security of a container. */}}
{{- define "dynamodr.container" -}}
image: {{ include "dynamodr.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- end }}

{{/* `env:` of a container: (dict "root" $ "own" (dict NAME text)). A name is there once: extraEnv wins. */}}
{{- define "dynamodr.env" -}}
{{- with mergeOverwrite (dict) (.own | default dict) .root.Values.extraEnv -}}
env:
  {{- range $name, $value := . }}
  - name: {{ $name | quote }}
    {{- if kindIs "map" $value }}
    {{- toYaml $value | nindent 4 }}
    {{- else }}
    value: {{ toString $value | quote }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Mounts and volumes of a pod: (dict "root" $ "token" true): the root filesystem is read-only, /tmp is not. */}}
{{- define "dynamodr.volumeMounts" -}}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  {{- if and .token .root.Values.app.authToken.secretName }}
  - {name: token, mountPath: /etc/dynamodr/token, readOnly: true}
  {{- end }}
  {{- with .root.Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "dynamodr.volumes" -}}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
  {{- if and .token .root.Values.app.authToken.secretName }}
  - name: token
    secret: {secretName: {{ .root.Values.app.authToken.secretName | quote }}}
  {{- end }}
  {{- with .root.Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
