package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.yaml.in/yaml/v3"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cloudprovider "k8s.io/cloud-provider"
)

const (
	// providerName is the value of --cloud-provider, and the scheme of provider IDs.
	providerName = "kubevirt"

	// inClusterKubeconfig is the variable with the path of a kubeconfig that stands for the access of a pod; see package
	// workloads of the sandbox's daemon.
	inClusterKubeconfig = "FIRMAMENT_IN_CLUSTER_KUBECONFIG"
)

// cloudConfig is the file of --cloud-config.
type cloudConfig struct {
	// Kubeconfig is the path of one for the cluster that the machines are in; default: the account of the pod.
	Kubeconfig string `yaml:"kubeconfig"`
	// Namespace that the machines are in.
	Namespace    string             `yaml:"namespace"`
	LoadBalancer loadBalancerConfig `yaml:"loadBalancer"`
	InstancesV2  instancesConfig    `yaml:"instancesV2"`
	// InfraLabels are put on load balancers.
	InfraLabels map[string]string `yaml:"infraLabels"`
}

type loadBalancerConfig struct {
	Enabled bool `yaml:"enabled"`
	// CreationPollInterval and CreationPollTimeout are in seconds: how often, and how long, to ask for the address.
	CreationPollInterval int `yaml:"creationPollInterval"`
	CreationPollTimeout  int `yaml:"creationPollTimeout"`
	// Selectorless leaves the endpoints of load balancers to somebody else.
	Selectorless        bool `yaml:"selectorless"`
	EnableEPSController bool `yaml:"enableEPSController"`
}

type instancesConfig struct {
	Enabled bool `yaml:"enabled"`
	// ZoneAndRegionEnabled gives nodes those of the host that their machine is on.
	ZoneAndRegionEnabled bool `yaml:"zoneAndRegionEnabled"`
}

// Defaults of the real one, in seconds.
const defaultPollInterval, defaultPollTimeout = 5, 300

func readConfig(file io.Reader) (cloudConfig, error) {
	config := cloudConfig{
		LoadBalancer: loadBalancerConfig{Enabled: true, CreationPollInterval: defaultPollInterval, CreationPollTimeout: defaultPollTimeout},
		InstancesV2:  instancesConfig{Enabled: true, ZoneAndRegionEnabled: true},
	}
	if file == nil {
		return config, errors.New("--cloud-config: none — give the file that names the namespace of the machines")
	}
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(&config); err != nil && !errors.Is(err, io.EOF) {
		return config, fmt.Errorf("--cloud-config: %w", err)
	}
	if config.LoadBalancer.EnableEPSController {
		return config, errors.New("--cloud-config: loadBalancer.enableEPSController: true — the sandbox has no such controller; leave it out")
	}
	if config.LoadBalancer.CreationPollInterval <= 0 {
		config.LoadBalancer.CreationPollInterval = defaultPollInterval
	}
	if config.LoadBalancer.CreationPollTimeout <= 0 {
		config.LoadBalancer.CreationPollTimeout = defaultPollTimeout
	}
	return config, nil
}

// cloud is a namespace of another cluster, with the machines of this one.
type cloud struct {
	config    cloudConfig
	namespace string
	core      kubernetes.Interface
	machines  dynamic.Interface
}

func newCloud(file io.Reader) (cloudprovider.Interface, error) {
	config, err := readConfig(file)
	if err != nil {
		return nil, err
	}
	access, namespace, err := infrastructure(config)
	if err != nil {
		return nil, err
	}
	access.QPS, access.Burst = 20, 30
	core, err := kubernetes.NewForConfig(access)
	if err != nil {
		return nil, err
	}
	machines, err := dynamic.NewForConfig(access)
	if err != nil {
		return nil, err
	}
	return &cloud{config: config, namespace: namespace, core: core, machines: machines}, nil
}

// infrastructure is the access to the cluster that the machines are in. A kubeconfig may name the namespace.
func infrastructure(config cloudConfig) (*rest.Config, string, error) {
	file := config.Kubeconfig
	if file == "" {
		file = os.Getenv(inClusterKubeconfig)
	}
	if file == "" {
		access, err := rest.InClusterConfig()
		return access, config.Namespace, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	client, err := clientcmd.NewClientConfigFromBytes(data)
	if err != nil {
		return nil, "", err
	}
	access, err := client.ClientConfig()
	if err != nil || config.Namespace != "" || config.Kubeconfig == "" {
		return access, config.Namespace, err
	}
	namespace, _, err := client.Namespace()
	return access, namespace, err
}

func (c *cloud) Initialize(cloudprovider.ControllerClientBuilder, <-chan struct{}) {}
func (c *cloud) ProviderName() string                                              { return providerName }
func (c *cloud) HasClusterID() bool                                                { return true }

func (c *cloud) LoadBalancer() (cloudprovider.LoadBalancer, bool) {
	if !c.config.LoadBalancer.Enabled {
		return nil, false
	}
	return &loadBalancers{
		cloud:    c,
		interval: time.Duration(c.config.LoadBalancer.CreationPollInterval) * time.Second,
		timeout:  time.Duration(c.config.LoadBalancer.CreationPollTimeout) * time.Second,
	}, true
}

func (c *cloud) InstancesV2() (cloudprovider.InstancesV2, bool) {
	if !c.config.InstancesV2.Enabled {
		return nil, false
	}
	return &instances{cloud: c}, true
}

func (c *cloud) Instances() (cloudprovider.Instances, bool) { return nil, false }
func (c *cloud) Zones() (cloudprovider.Zones, bool)         { return nil, false }
func (c *cloud) Clusters() (cloudprovider.Clusters, bool)   { return nil, false }
func (c *cloud) Routes() (cloudprovider.Routes, bool)       { return nil, false }
