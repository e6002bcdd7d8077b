// Package csidriver is a fake of the controller of KubeVirt's CSI driver, which Go's module proxies refuse to serve. It
// takes the flags and the variable of the real one (deploy/controller-infra of kubevirt/csi-driver) and uses the APIs
// that the real one uses, in the management cluster with the rights of its own ServiceAccount:
//
//   - a volume is a DataVolume of CDI, by the name that the provisioner chose, with the cluster's labels; one without
//     them, or of another prefix, is somebody else's and refused;
//   - a volume is attached by the subresource addvolume of a VirtualMachine, and detached by removevolume;
//   - it grows with the claim of the same name;
//   - a snapshot is a VolumeSnapshot of the management cluster.
//
// Different from the real one: it has no node service, which KWOK's nodes do not run.
package csidriver

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"
)

const (
	// DriverName is what StorageClasses of tenants call the driver.
	DriverName = "csi.kubevirt.io"

	// enforcementVariable says which classes of the management cluster may be used.
	enforcementVariable = "INFRA_STORAGE_CLASS_ENFORCEMENT"
	// inClusterVariable is the path of a kubeconfig in the place of the access that is in every container.
	inClusterVariable = "FIRMAMENT_IN_CLUSTER_KUBECONFIG"
)

type config struct {
	endpoint, namespace, infra, tenant, prefix string
	labels                                     map[string]string
	enforcement                                enforcement
	inCluster                                  string
}

// enforcement is which classes of the management cluster a tenant may use.
type enforcement struct {
	AllowAll     bool     `json:"allowAll"`
	AllowDefault bool     `json:"allowDefault"`
	AllowList    []string `json:"allowList"`
	Snapshots    []struct {
		VolumeSnapshotClasses []string `json:"volumeSnapshotClasses"`
		StorageClasses        []string `json:"storageClasses"`
	} `json:"storageSnapshotMapping"`
}

// allows reports whether volumes of a class may be made; empty is the default class.
func (e enforcement) allows(class string) bool {
	if e.AllowAll {
		return true
	}
	if class == "" {
		return e.AllowDefault
	}
	return slices.Contains(e.AllowList, class)
}

func parseConfig(args []string, env func(string) string) (*config, error) {
	flags := flag.NewFlagSet("kubevirt-csi-driver", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	c := &config{}
	var labels string
	var node, controller bool
	flags.StringVar(&c.endpoint, "endpoint", "unix:/csi/csi.sock", "")
	flags.StringVar(&c.namespace, "infra-cluster-namespace", "", "")
	flags.StringVar(&c.infra, "infra-cluster-kubeconfig", "", "")
	flags.StringVar(&labels, "infra-cluster-labels", "", "")
	flags.StringVar(&c.tenant, "tenant-cluster-kubeconfig", "", "")
	flags.StringVar(&c.prefix, "volume-prefix", "pvc", "")
	flags.BoolVar(&node, "run-node-service", true, "")
	flags.BoolVar(&controller, "run-controller-service", true, "")
	flags.String("node-name", "", "")
	flags.String("v", "", "")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if node || !controller {
		return nil, errors.New("--run-node-service — the sandbox plays the controller only; set it to false")
	}
	if c.namespace == "" {
		return nil, errors.New("--infra-cluster-namespace: none — volumes are made in it")
	}
	if c.prefix == "" {
		return nil, errors.New("--volume-prefix must be set when deploying the controller")
	}
	var err error
	if c.labels, err = parseLabels(labels); err != nil {
		return nil, err
	}
	c.enforcement = enforcement{AllowAll: true, AllowDefault: true}
	if text := env(enforcementVariable); text != "" {
		c.enforcement = enforcement{}
		if err := yaml.Unmarshal([]byte(text), &c.enforcement); err != nil {
			return nil, fmt.Errorf("%s: %w", enforcementVariable, err)
		}
	}
	c.inCluster = env(inClusterVariable)
	return c, nil
}

func parseLabels(text string) (map[string]string, error) {
	if text == "" {
		return nil, errors.New("infra-cluster-labels must be set")
	}
	labels := map[string]string{}
	for _, pair := range strings.Split(text, ",") {
		key, value, found := strings.Cut(pair, "=")
		if !found {
			return nil, fmt.Errorf("--infra-cluster-labels %q: bad labels format. Should be 'key=value,key=value,...'", text)
		}
		labels[key] = value
	}
	return labels, nil
}

// access is that of a kubeconfig, else that of the container.
func (c *config) access(kubeconfig string) (*rest.Config, error) {
	if kubeconfig == "" {
		kubeconfig = c.inCluster
	}
	if kubeconfig == "" {
		return rest.InClusterConfig()
	}
	return clientcmd.BuildConfigFromFlags("", kubeconfig)
}

// socket is the path of the endpoint: unix:/csi/csi.sock or unix:///csi/csi.sock.
func (c *config) socket() (string, error) {
	at, err := url.Parse(c.endpoint)
	if err != nil || at.Scheme != "unix" {
		return "", fmt.Errorf("--endpoint %q: not the address of a unix socket", c.endpoint)
	}
	return at.Path, nil
}
