{{/* Numbers of a values file are floats, which print as 2.0240101e+07; a tag, a namespace, a label may be one. Whole ones become what was written. */}}
{{- define "dbintel.wholeNumbers" -}}
{{- $map := . -}}
{{- range $key, $value := $map -}}
{{- if kindIs "map" $value -}}
{{- include "dbintel.wholeNumbers" $value -}}
{{- else -}}
{{- $list := list -}}
{{- range ternary $value (list $value) (kindIs "slice" $value) -}}
{{- if kindIs "map" . -}}
{{- include "dbintel.wholeNumbers" . -}}
{{- end -}}
{{- $whole := false -}}
{{- if kindIs "float64" . -}}
{{- $whole = eq . (floor .) -}}
{{- end -}}
{{- $list = append $list (ternary (int64 (ternary . 0 $whole)) . $whole) -}}
{{- end -}}
{{- $_ := set $map $key (ternary $list (first $list) (kindIs "slice" $value)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Names that begin with a digit are none of a Service: such a release gets the chart's name before its own. */}}
{{- define "dbintel.fullname" -}}
{{- $name := toString (default .Chart.Name .Values.nameOverride) -}}
{{- $full := toString .Release.Name -}}
{{- if .Values.fullnameOverride -}}
{{- $full = toString .Values.fullnameOverride -}}
{{- else if not (contains $name $full) -}}
{{- $full = printf "%s-%s" $full $name -}}
{{- end -}}
{{- if regexMatch "^[0-9]" $full -}}
{{- $full = printf "%s-%s" .Chart.Name $full -}}
{{- end -}}
{{- $full | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "dbintel.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{/* metadata of a namespaced object: (dict "root" $ "name" … "namespace" … "labels" … "annotations" …); all but the root and the name may be left out. */}}
{{- define "dbintel.metadata" -}}
name: {{ .name | quote }}
namespace: {{ default (include "dbintel.namespace" .root) .namespace | quote }}
labels:
  {{- include "dbintel.labelsWith" . | nindent 2 }}
{{- $annotations := merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
{{- if $annotations }}
annotations:
  {{- range $key, $value := $annotations }}
  {{ $key | quote }}: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* A version may go on with "+" and a commit, as Flux writes it; a label takes none, and no more than 63 characters. */}}
{{- define "dbintel.labelValue" -}}
{{- . | replace "+" "_" | trunc 63 | trimAll "-_." -}}
{{- end -}}

{{- define "dbintel.labels" -}}
{{- include "dbintel.labelsWith" (dict "root" .) -}}
{{- end -}}

{{/* The chart's labels and more: (dict "root" $ "labels" …). Of two under one name the chart's own counts, since selectors live by them, then the nearer one. */}}
{{- define "dbintel.labelsWith" -}}
{{- $root := .root -}}
{{- $own := include "dbintel.selectorLabels" $root | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/version" (include "dbintel.labelValue" $root.Chart.AppVersion) -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (include "dbintel.labelValue" (printf "%s-%s" $root.Chart.Name $root.Chart.Version)) -}}
{{- $lines := list -}}
{{- range $key, $value := merge $own (.labels | default dict) $root.Values.commonLabels -}}
{{- $lines = append $lines (printf "%s: %s" ($key | quote) ($value | toString | quote)) -}}
{{- end -}}
{{- join "\n" $lines -}}
{{- end -}}

{{- define "dbintel.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Of the executor's pods: not those of the operator's selectors. A label takes 63 characters. */}}
{{- define "dbintel.executorLabels" -}}
app.kubernetes.io/name: {{ printf "%s-executor" (default .Chart.Name .Values.nameOverride | toString | trunc 54 | trimSuffix "-") | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "dbintel.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "dbintel.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "dbintel.image" -}}
{{- $repository := .Values.image.repository -}}
{{- with .Values.image.registry -}}
{{- $repository = printf "%s/%s" . $repository -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
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
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled -}}
{{- fail "serviceMonitor and podMonitor would scrape every replica twice: enable one of the two" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute.parentRefs: name the gateway that it belongs to" -}}
{{- end -}}
{{- if and .Values.api.token .Values.api.existingSecret -}}
{{- fail "api.token and api.existingSecret are two tokens: set one of the two" -}}
{{- end -}}
{{- with .Values.autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- fail (printf "autoscaling.minReplicas (%d) is more than autoscaling.maxReplicas (%d)" (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- if and $many .Values.podDisruptionBudget.enabled (include "dbintel.blocksDrains" .) -}}
{{- fail "podDisruptionBudget: all replicas would have to be there at any time, and no node could be drained: leave at least one out, or set podDisruptionBudget.enabled: false" -}}
{{- end -}}
{{- $zero := list "0" "0%" -}}
{{- if and (has (toString .Values.rollingUpdate.maxSurge) $zero) (has (toString .Values.rollingUpdate.maxUnavailable) $zero) -}}
{{- fail "rollingUpdate: one of maxSurge and maxUnavailable must be more than 0, for a pod to be replaced" -}}
{{- end -}}
{{- end -}}

{{/* Not empty: the budget leaves no pod out. Of the fewest replicas that there may be; a part of a pod counts as a whole one, as the API server rounds. */}}
{{- define "dbintel.blocksDrains" -}}
{{- $replicas := ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled | int -}}
{{- $most := toString .Values.podDisruptionBudget.maxUnavailable -}}
{{- $least := toString .Values.podDisruptionBudget.minAvailable -}}
{{- if eq $least "" -}}
{{- if eq 0 ($most | trimSuffix "%" | int) }}yes{{ end -}}
{{- else if hasSuffix "%" $least -}}
{{- if ge (divf (mulf ($least | trimSuffix "%" | int) $replicas) 100 | ceil | int) $replicas }}yes{{ end -}}
{{- else if ge (int $least) $replicas -}}
yes
{{- end -}}
{{- end -}}

{{- define "dbintel.apiSecret" -}}
{{- default (printf "%s-api" (include "dbintel.fullname" .)) .Values.api.existingSecret -}}
{{- end -}}

{{/*
The API's token in base64, or nothing. The one that is there is kept. One is made only for a cluster that can be asked whether there is one: what is
rendered without a cluster (helm template, Argo CD) is the same each time.
*/}}
{{- define "dbintel.apiToken" -}}
{{- if not (hasKey .Values.api "rendered") -}}
{{- $known := get ((lookup "v1" "Secret" (include "dbintel.namespace" .) (include "dbintel.apiSecret" .)).data | default dict) "token" -}}
{{- if .Values.api.token -}}
{{- $known = toString .Values.api.token | b64enc -}}
{{- else if and (not $known) .Values.rbac.create (lookup "rbac.authorization.k8s.io/v1" "ClusterRole" "" "cluster-admin") -}}
{{- $known = randAlphaNum 40 | b64enc -}}
{{- end -}}
{{- $_ := set .Values.api "rendered" (default "" $known) -}}
{{- end -}}
{{- .Values.api.rendered -}}
{{- end -}}

{{/*
Of the Secrets that pods read once, at their start, as far as helm sees them: an upgrade after a rotation rolls the pods. Not of those for TLS: their
files are read for each connection.
*/}}
{{- define "dbintel.secretsChecksum" -}}
{{- $names := list .Values.api.existingSecret .Values.api.trustedProxy.existingSecret .Values.redis.existingSecret .Values.history.postgres.existingSecret .Values.otlp.existingSecret -}}
{{- printf "%s%s" (include "dbintel.apiToken" .) (include "dbintel.secretsSeen" (dict "root" . "names" $names)) | sha256sum -}}
{{- end -}}

{{- define "dbintel.secretsSeen" -}}
{{- $seen := dict -}}
{{- range compact .names -}}
{{- $name := toString . -}}
{{- $_ := set $seen $name ((lookup "v1" "Secret" (include "dbintel.namespace" $.root) $name).data | default dict) -}}
{{- end -}}
{{- toJson $seen -}}
{{- end -}}

{{/* Names under which the pods are asked, besides their addresses and loopback. */}}
{{- define "dbintel.hosts" -}}
{{- $name := include "dbintel.fullname" . -}}
{{- $namespace := include "dbintel.namespace" . -}}
{{- $names := list $name (printf "%s.%s" $name $namespace) (printf "%s.%s.svc" $name $namespace) (printf "%s.%s.svc.%s" $name $namespace .Values.clusterDomain) -}}
{{- if .Values.ingress.enabled -}}
{{- $names = concat $names .Values.ingress.hosts -}}
{{- end -}}
{{- if .Values.httpRoute.enabled -}}
{{- $names = concat $names .Values.httpRoute.hostnames -}}
{{- end -}}
{{- join "," (concat $names .Values.hosts | uniq) -}}
{{- end -}}

{{/* Where browsers come from outside: as it is said, or the first host of what is in front. */}}
{{- define "dbintel.publicUrl" -}}
{{- if .Values.ui.publicUrl -}}
{{- .Values.ui.publicUrl -}}
{{- else if .Values.ingress.enabled -}}
{{- printf "https://%s" (first .Values.ingress.hosts) -}}
{{- else if .Values.httpRoute.enabled -}}
{{- printf "https://%s" (first .Values.httpRoute.hostnames) -}}
{{- end -}}
{{- end -}}

{{- define "dbintel.env" -}}
- name: DBINTEL_POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: DBINTEL_POD_UID
  valueFrom: { fieldRef: { fieldPath: metadata.uid } }
- { name: DBINTEL_INSTALL, value: {{ printf "%s/%s" (include "dbintel.namespace" .) (include "dbintel.fullname" .) | quote }} }
- name: DBINTEL_API_TOKEN
  valueFrom: { secretKeyRef: { name: {{ include "dbintel.apiSecret" . | quote }}, key: token, optional: {{ not .Values.api.existingSecret }} } }
- { name: DBINTEL_HOSTS, value: {{ include "dbintel.hosts" . | quote }} }
- { name: DBINTEL_UI, value: {{ ternary "on" "off" .Values.ui.enabled | quote }} }
{{- with include "dbintel.publicUrl" . }}
- { name: DBINTEL_PUBLIC_URL, value: {{ . | quote }} }
{{- end }}
- { name: DBINTEL_TOKEN_REVIEW, value: {{ .Values.api.tokenReview | quote }} }
{{- with .Values.api.trustedProxy.addresses }}
- { name: DBINTEL_TRUSTED_PROXY, value: {{ join "," . | quote }} }
{{- end }}
{{- with .Values.api.trustedProxy.existingSecret }}
- name: DBINTEL_TRUSTED_PROXY_SECRET
  valueFrom: { secretKeyRef: { name: {{ . | quote }}, key: secret } }
{{- end }}
- { name: DBINTEL_LOG_LEVEL, value: {{ .Values.logLevel | quote }} }
- { name: DBINTEL_MAX_CYCLES, value: {{ .Values.maxCycles | quote }} }
- { name: DBINTEL_DRAIN, value: {{ .Values.drain | quote }} }
- { name: DBINTEL_EVENTS, value: {{ .Values.events.enabled | quote }} }
- { name: DBINTEL_KEEP_PLANS, value: {{ .Values.history.keepPlans | quote }} }
- { name: DBINTEL_KEEP_HOURS, value: {{ .Values.history.keepHours | quote }} }
- { name: DBINTEL_KEEP_CYCLES, value: {{ .Values.history.keepCycles | quote }} }
- { name: DBINTEL_KEEP_SIZE, value: {{ .Values.history.keepSize | quote }} }
{{- with .Values.history.postgres.existingSecret }}
- name: DBINTEL_HISTORY_URL
  valueFrom: { secretKeyRef: { name: {{ . | quote }}, key: url } }
{{- end }}
{{- if .Values.otlp.endpoint }}
- { name: DBINTEL_OTLP_ENDPOINT, value: {{ .Values.otlp.endpoint | quote }} }
- { name: DBINTEL_OTLP_PLAN, value: {{ .Values.otlp.plan | quote }} }
{{- with .Values.otlp.existingSecret }}
- name: DBINTEL_OTLP_HEADERS
  valueFrom: { secretKeyRef: { name: {{ . | quote }}, key: headers } }
{{- end }}
{{- if .Values.otlp.tls.existingSecret }}
- { name: DBINTEL_OTLP_CA, value: /etc/dbintel/otlp-tls/ca.crt }
{{- if .Values.otlp.tls.clientCertificate }}
- { name: DBINTEL_OTLP_CERT, value: /etc/dbintel/otlp-tls/tls.crt }
- { name: DBINTEL_OTLP_KEY, value: /etc/dbintel/otlp-tls/tls.key }
{{- end }}
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
{{- if .Values.redis.tls.existingSecret }}
- { name: DBINTEL_REDIS_CA, value: /etc/dbintel/redis-tls/ca.crt }
{{- if .Values.redis.tls.clientCertificate }}
- { name: DBINTEL_REDIS_CERT, value: /etc/dbintel/redis-tls/tls.crt }
- { name: DBINTEL_REDIS_KEY, value: /etc/dbintel/redis-tls/tls.key }
{{- end }}
{{- end }}
{{- with .Values.redis.existingSecret }}
- name: DBINTEL_REDIS_USERNAME
  valueFrom: { secretKeyRef: { name: {{ . | quote }}, key: username, optional: true } }
- name: DBINTEL_REDIS_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ . | quote }}, key: password } }
- name: DBINTEL_REDIS_SENTINEL_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ . | quote }}, key: sentinel-password, optional: true } }
{{- end }}
{{- end }}
{{- end -}}

{{/* Where pods of this chart run; the test's as the operator's. */}}
{{- define "dbintel.scheduling" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.dnsPolicy }}
dnsPolicy: {{ . | quote }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What a scrape of ServiceMonitor and PodMonitor has in common. */}}
{{- define "dbintel.scrape" -}}
- port: metrics
  path: /metrics
  interval: {{ .interval | quote }}
  {{- with .scrapeTimeout }}
  scrapeTimeout: {{ . | quote }}
  {{- end }}
  {{- if .honorLabels }}
  honorLabels: true
  {{- end }}
  {{- with .relabelings }}
  relabelings: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .metricRelabelings }}
  metricRelabelings: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "dbintel.subjects" -}}
- { kind: ServiceAccount, name: {{ include "dbintel.serviceAccountName" . | quote }}, namespace: {{ include "dbintel.namespace" . | quote }} }
{{- end -}}
