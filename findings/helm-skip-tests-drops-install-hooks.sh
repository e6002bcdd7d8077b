#!/bin/sh
# Helm 3.22.0: `helm template --skip-tests` leaves out hooks that an installation runs.
#
# A hook may name several moments: `helm.sh/hook: pre-install,test`. It is created by every installation, and once more by
# `helm test`. With --skip-tests `helm template` does not print it, because one of its moments is a test. A check of what a
# chart installs, made with that flag, never sees the object. Without the flag the hook is printed, and so are pure tests.
#
# Most people expect: --skip-tests leaves out what only `helm test` creates.
#
# Source: pkg/cmd or cmd/helm/template.go of the release (isTestHook is true when any event is a test);
# https://helm.sh/docs/topics/charts_hooks/ on hooks with several events.
#
# Needs Go. Exit code: 0 as described, 1 when it has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
GOBIN="$directory" GOFLAGS=-mod=mod go install helm.sh/helm/v3/cmd/helm@v3.22.0 >&2

mkdir -p chart/templates
printf 'apiVersion: v2\nname: chart\nversion: 1.0.0\n' > chart/Chart.yaml
hook() {
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n  annotations:\n    helm.sh/hook: %s\n' "$1" "$2" \
    > "chart/templates/$1.yaml"
}
hook installed pre-install
hook installed-and-tested pre-install,test
hook tested test

names() { HELM_CACHE_HOME=cache HELM_CONFIG_HOME=config HELM_DATA_HOME=data ./helm template release chart "$@" |
  sed -n 's/^  name: //p' | sort | tr '\n' ' '; }
{
  echo "all: $(names)"
  echo "--skip-tests: $(names --skip-tests)"
} > output
cat > expected <<'END'
all: installed installed-and-tested tested 
--skip-tests: installed 
END
cat output
diff expected output || { echo "changed: see the lines above"; exit 1; }
echo "Helm 3.22.0, as described: a hook of an installation that is a test too is left out."
