package autoscaler

import (
	"strings"
	"testing"
	"time"
)

func TestOptionsAreThoseOfTheRealOne(t *testing.T) {
	o := options(t, "--scale-down-unneeded-time=30s", "--expander=most-pods", "--scale-down-utilization-threshold=0.7")
	if o.UnneededTime != 30*time.Second || o.Expander != "most-pods" || o.UtilizationThreshold != 0.7 || !o.LeaderElect {
		t.Errorf("%+v", o)
	}
	if d := o.Discovery[0]; d.Namespace != namespace || d.ClusterName != "acme" {
		t.Errorf("%+v", d)
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	for flag, want := range map[string]string{
		"--cloud-provider=aws":                     "clusterapi only",
		"--expander=price":                         "--expander=price",
		"--no-such-flag":                           "no-such-flag",
		"--scale-down-unneeded-time=30":            "unneeded-time",
		"--node-group-auto-discovery=mig:a=b":      "must begin with clusterapi:",
		"--node-group-auto-discovery=clusterapi:a": "key=value",
		"burst": "no argument but flags",
	} {
		_, err := ParseOptions([]string{"--cloud-provider=clusterapi", "--kubeconfig=/k", "--clusterapi-cloud-config-authoritative", flag})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", flag, err, want)
		}
	}
	if _, err := ParseOptions([]string{"--cloud-provider=clusterapi"}); err == nil || !strings.Contains(err.Error(), "--kubeconfig: none") || !strings.Contains(err.Error(), "authoritative") {
		t.Errorf("%v: want both faults", err)
	}
}
