// Package autoscaler makes and removes machines of Cluster API for the pods of another cluster.
package autoscaler

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"
)

// Options are the flags of the Cluster Autoscaler that this one knows, with the defaults of the real one (1.34).
type Options struct {
	CloudProvider, Kubeconfig, CloudConfig, Address, Namespace, Expander string
	Authoritative, EnforceMinSize, BalanceSimilar, Cordon, LeaderElect   bool
	IgnoreDaemonSets                                                     bool
	SkipSystemPods, SkipLocalStorage, SkipCustomControllers              bool
	ScanInterval, UnneededTime, UnreadyTime, DelayAfterAdd               time.Duration
	MaxProvisionTime, DeleteDelayAfterTaint, SystemPodTimeout            time.Duration
	MaxPodEvictionTime, DelayAfterFailure, Backoff                       time.Duration
	UtilizationThreshold                                                 float64
	MaxGracefulTerminationSeconds                                        int
	Discovery                                                            []Discovery
	// StartupTaints are keys of taints that a node has until it can be used: it counts as one that is not there yet.
	StartupTaints []string
}

// Discovery says whose node groups are scaled: clusterapi:namespace=a,clusterName=b.
type Discovery struct {
	Namespace, ClusterName string
	Labels                 map[string]string
}

var expanders = []string{"least-waste", "least-nodes", "most-pods", "random"}

// ParseOptions reads a command line; flags that are unknown are refused.
func ParseOptions(args []string) (Options, error) {
	var o Options
	flags := flag.NewFlagSet("cluster-autoscaler", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	text := func(at *string, name, value string) { flags.StringVar(at, name, value, "") }
	yes := func(at *bool, name string, value bool) { flags.BoolVar(at, name, value, "") }
	span := func(at *time.Duration, name string, value time.Duration) { flags.DurationVar(at, name, value, "") }
	text(&o.CloudProvider, "cloud-provider", "")
	text(&o.Kubeconfig, "kubeconfig", "")
	text(&o.CloudConfig, "cloud-config", "")
	text(&o.Address, "address", ":8085")
	text(&o.Namespace, "namespace", "kube-system")
	text(&o.Expander, "expander", "least-waste")
	yes(&o.Authoritative, "clusterapi-cloud-config-authoritative", false)
	yes(&o.EnforceMinSize, "enforce-node-group-min-size", false)
	yes(&o.BalanceSimilar, "balance-similar-node-groups", false)
	yes(&o.Cordon, "cordon-node-before-terminating", true)
	yes(&o.LeaderElect, "leader-elect", true)
	yes(&o.IgnoreDaemonSets, "ignore-daemonsets-utilization", false)
	yes(&o.SkipSystemPods, "skip-nodes-with-system-pods", true)
	yes(&o.SkipLocalStorage, "skip-nodes-with-local-storage", true)
	yes(&o.SkipCustomControllers, "skip-nodes-with-custom-controller-pods", true)
	span(&o.ScanInterval, "scan-interval", 10*time.Second)
	span(&o.UnneededTime, "scale-down-unneeded-time", 10*time.Minute)
	span(&o.UnreadyTime, "scale-down-unready-time", 20*time.Minute)
	span(&o.DelayAfterAdd, "scale-down-delay-after-add", 10*time.Minute)
	span(&o.DelayAfterFailure, "scale-down-delay-after-failure", 3*time.Minute)
	span(&o.MaxProvisionTime, "max-node-provision-time", 15*time.Minute)
	span(&o.DeleteDelayAfterTaint, "node-delete-delay-after-taint", 5*time.Second)
	span(&o.SystemPodTimeout, "blocking-system-pod-distruption-timeout", time.Hour)
	span(&o.MaxPodEvictionTime, "max-pod-eviction-time", 2*time.Minute)
	span(&o.Backoff, "initial-node-group-backoff-duration", 5*time.Minute)
	flags.Float64Var(&o.UtilizationThreshold, "scale-down-utilization-threshold", 0.5, "")
	flags.IntVar(&o.MaxGracefulTerminationSeconds, "max-graceful-termination-sec", 600, "")
	var verbosity int
	flags.IntVar(&verbosity, "v", 0, "")
	flags.Func("startup-taint", "", func(value string) error {
		o.StartupTaints = append(o.StartupTaints, value)
		return nil
	})
	flags.Func("node-group-auto-discovery", "", func(value string) error {
		found, err := parseDiscovery(value)
		o.Discovery = append(o.Discovery, found)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q — no argument but flags", flags.Arg(0))
	}
	return o, o.check()
}

func (o Options) check() error {
	var faults []error
	if o.CloudProvider != "clusterapi" {
		faults = append(faults, fmt.Errorf("--cloud-provider=%s — this one knows clusterapi only", o.CloudProvider))
	}
	if o.Kubeconfig == "" {
		faults = append(faults, errors.New("--kubeconfig: none — give the one of the cluster whose pods count"))
	}
	if o.CloudConfig == "" && !o.Authoritative {
		faults = append(faults, errors.New("--clusterapi-cloud-config-authoritative: not set — machines would be looked for in the cluster of the pods"))
	}
	known := false
	for _, name := range expanders {
		known = known || name == o.Expander
	}
	if !known {
		faults = append(faults, fmt.Errorf("--expander=%s — one of %s", o.Expander, strings.Join(expanders, ", ")))
	}
	return errors.Join(faults...)
}

func parseDiscovery(value string) (Discovery, error) {
	out := Discovery{Labels: map[string]string{}}
	list, found := strings.CutPrefix(value, "clusterapi:")
	if !found {
		return out, fmt.Errorf("%q — must begin with clusterapi:", value)
	}
	for _, part := range strings.Split(list, ",") {
		key, text, found := strings.Cut(part, "=")
		if !found || text == "" {
			return out, fmt.Errorf("%q — must be key=value", part)
		}
		switch key {
		case "namespace":
			out.Namespace = text
		case "clusterName":
			out.ClusterName = text
		default:
			out.Labels[key] = text
		}
	}
	return out, nil
}
