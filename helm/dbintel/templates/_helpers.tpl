{{- define "dbintel.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "dbintel.labels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "dbintel.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "dbintel.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* What the operator does with targets, wherever it may see them. */}}
{{- define "dbintel.targetRules" -}}
- apiGroups: [dbintel.io]
  resources: [databasetargets]
  verbs: [get, list, watch]
- apiGroups: [dbintel.io]
  resources: [databasetargets/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- end -}}


{{- define "dbintel.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "dbintel.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* What no schema can say, with what to do about it. */}}
{{- define "dbintel.check" -}}
{{- $many := or (gt (int .Values.replicaCount) 1) .Values.autoscaling.enabled -}}
{{- if and $many (not .Values.redis.endpoints) -}}
{{- fail "several replicas share their targets through Redis: set redis.endpoints, or replicaCount: 1" -}}
{{- end -}}
{{- if and $many .Values.persistence.enabled -}}
{{- fail "persistence.enabled is for one replica, a volume cannot be in several pods: set history.postgres.existingSecret, or replicaCount: 1" -}}
{{- end -}}
{{- end -}}

{{- define "dbintel.env" -}}
- name: DBINTEL_POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: DBINTEL_POD_UID
  valueFrom: { fieldRef: { fieldPath: metadata.uid } }
- name: DBINTEL_API_TOKEN
  valueFrom: { secretKeyRef: { name: {{ default (printf "%s-api" (include "dbintel.fullname" .)) .Values.api.existingSecret }}, key: token } }
- { name: DBINTEL_LOG_LEVEL, value: {{ .Values.logLevel | quote }} }
- { name: DBINTEL_MAX_CYCLES, value: {{ .Values.maxCycles | quote }} }
- { name: DBINTEL_DRAIN, value: {{ .Values.drain | quote }} }
- { name: DBINTEL_KEEP_PLANS, value: {{ .Values.history.keepPlans | quote }} }
- { name: DBINTEL_KEEP_HOURS, value: {{ .Values.history.keepHours | quote }} }
- { name: DBINTEL_KEEP_CYCLES, value: {{ .Values.history.keepCycles | quote }} }
{{- with .Values.history.postgres.existingSecret }}
- name: DBINTEL_HISTORY_URL
  valueFrom: { secretKeyRef: { name: {{ . }}, key: url } }
{{- end }}
{{- if .Values.otlp.endpoint }}
- { name: DBINTEL_OTLP_ENDPOINT, value: {{ .Values.otlp.endpoint | quote }} }
{{- with .Values.otlp.existingSecret }}
- name: DBINTEL_OTLP_HEADERS
  valueFrom: { secretKeyRef: { name: {{ . }}, key: headers } }
{{- end }}
{{- end }}
{{- if .Values.redis.endpoints }}
- { name: DBINTEL_STATE, value: redis }
- { name: DBINTEL_REDIS_ENDPOINTS, value: {{ join "," .Values.redis.endpoints | quote }} }
- { name: DBINTEL_REDIS_MODE, value: {{ .Values.redis.mode | quote }} }
- { name: DBINTEL_REDIS_SENTINEL_NAME, value: {{ .Values.redis.sentinelName | quote }} }
- { name: DBINTEL_REDIS_KEY_PREFIX, value: {{ .Values.redis.keyPrefix | quote }} }
- { name: DBINTEL_REDIS_OUTAGE, value: {{ .Values.redis.onOutage | quote }} }
- { name: DBINTEL_REDIS_TLS, value: {{ .Values.redis.tls.enabled | quote }} }
{{- with .Values.redis.tls.existingSecret }}
- { name: DBINTEL_REDIS_CA, value: /etc/dbintel/redis-tls/ca.crt }
{{- end }}
{{- with .Values.redis.existingSecret }}
- name: DBINTEL_REDIS_USERNAME
  valueFrom: { secretKeyRef: { name: {{ . }}, key: username, optional: true } }
- name: DBINTEL_REDIS_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ . }}, key: password } }
- name: DBINTEL_REDIS_SENTINEL_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ . }}, key: sentinel-password, optional: true } }
{{- end }}
{{- end }}
{{- end -}}
