package operator

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// provider is what the sandbox has of one Cluster API provider.
type provider struct {
	// kind and name of the operator's custom resource.
	kind, name string
	// component is its directory in the CRD bundle.
	component string
	// version the sandbox has. Others cannot be installed.
	version string
	// contract of its metadata.
	contract string
	// prefix upstream's kustomize gives to the names of its objects.
	prefix string
	// label is the value of cluster.x-k8s.io/provider on its objects.
	label string
	// tool is the real manager; empty where a double takes its place.
	tool string
	// gates are the feature gates of upstream's manifest.
	gates map[string]bool
}

var capiGates = map[string]bool{"MachinePool": true, "MachineSetPreflightChecks": true, "ReconcilerRateLimiting": true}

var providers = []provider{
	{
		kind: "CoreProvider", name: "cluster-api", component: "cluster-api", version: "v1.13.5", contract: "v1beta2",
		prefix: "capi-", label: "cluster-api", tool: "capi-core", gates: capiGates,
	},
	{
		kind: "BootstrapProvider", name: "kubeadm", component: "cluster-api-bootstrap-kubeadm", version: "v1.13.5", contract: "v1beta2",
		prefix: "capi-kubeadm-bootstrap-", label: "bootstrap-kubeadm", tool: "capi-kubeadm-bootstrap",
		gates: map[string]bool{"MachinePool": true},
	},
	{
		kind: "ControlPlaneProvider", name: "kamaji", component: "cluster-api-control-plane-kamaji", version: "v0.20.0", contract: "v1beta2",
		prefix: "capi-kamaji-", label: "control-plane-kamaji",
	},
	{
		kind: "InfrastructureProvider", name: "kubevirt", component: "cluster-api-infrastructure-kubevirt", version: "v0.11.2", contract: "v1beta2",
		prefix: "capk-", label: "kubevirt", tool: "capk", gates: map[string]bool{"MachinePool": false},
	},
}

// kinds are all kinds the operator has; those without a provider here get a condition that says so.
var kinds = []string{
	"CoreProvider", "BootstrapProvider", "ControlPlaneProvider", "InfrastructureProvider",
	"AddonProvider", "IPAMProvider", "RuntimeExtensionProvider",
}

func kindOf(kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "operator.cluster.x-k8s.io", Version: "v1alpha2", Kind: kind}
}

func lookup(kind, name string) (provider, bool) {
	for _, p := range providers {
		if p.kind == kind && p.name == name {
			return p, true
		}
	}
	return provider{}, false
}
