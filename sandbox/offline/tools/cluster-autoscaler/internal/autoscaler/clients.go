package autoscaler

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// inCluster is the variable with which the sandbox gives a program the access of its pod's ServiceAccount.
const inCluster = "FIRMAMENT_IN_CLUSTER_KUBECONFIG"

// clients of the cluster whose pods count and of the one that has the machines.
type clients struct {
	workload   kubernetes.Interface
	management dynamic.Interface
	// machines are those of the version that the API prefers, unless CAPI_VERSION says otherwise.
	version string
}

func connect(o Options) (*clients, kubernetes.Interface, error) {
	workload, err := clientcmd.BuildConfigFromFlags("", o.Kubeconfig)
	if err != nil {
		return nil, nil, fmt.Errorf("--kubeconfig: %w", err)
	}
	management, err := managementConfig(o)
	if err != nil {
		return nil, nil, fmt.Errorf("the management cluster: %w", err)
	}
	client, err := kubernetes.NewForConfig(workload)
	if err != nil {
		return nil, nil, err
	}
	asManagement, err := kubernetes.NewForConfig(management)
	if err != nil {
		return nil, nil, err
	}
	machines, err := dynamic.NewForConfig(management)
	if err != nil {
		return nil, nil, err
	}
	return &clients{workload: client, management: machines}, asManagement, nil
}

func managementConfig(o Options) (*rest.Config, error) {
	if o.CloudConfig != "" {
		return clientcmd.BuildConfigFromFlags("", o.CloudConfig)
	}
	if path := os.Getenv(inCluster); path != "" {
		return clientcmd.BuildConfigFromFlags("", path)
	}
	return rest.InClusterConfig()
}

// settle waits for no rights: what is missing is said at once, and the pod starts again.
func (c *clients) settle(ctx context.Context, o Options, management kubernetes.Interface) error {
	groups, err := management.Discovery().ServerGroups()
	if err != nil {
		return fmt.Errorf("the management cluster: %w", err)
	}
	for _, group := range groups.Groups {
		if group.Name == capi {
			c.version = group.PreferredVersion.Version
		}
	}
	if given := os.Getenv("CAPI_VERSION"); given != "" {
		c.version = given
	}
	if c.version == "" {
		return fmt.Errorf("the management cluster has no API group %s", capi)
	}
	namespace := ""
	if len(o.Discovery) == 1 {
		namespace = o.Discovery[0].Namespace
	}
	absent, err := missing(ctx, management, managementRights(namespace))
	if err != nil {
		return fmt.Errorf("the management cluster: %w", err)
	}
	inside, err := missing(ctx, c.workload, workloadRights(o.Namespace))
	if err != nil {
		return fmt.Errorf("the cluster of the pods: %w", err)
	}
	var faults []error
	for where, list := range map[string][]string{"the management cluster": absent, "the cluster of the pods": inside} {
		if len(list) > 0 {
			faults = append(faults, fmt.Errorf("rights in %s: missing — %s", where, strings.Join(list, ", ")))
		}
	}
	return errors.Join(faults...)
}

func (c *clients) resource(name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: capi, Version: c.version, Resource: name}
}
