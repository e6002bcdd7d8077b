package operator

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Provider is what the sandbox has of one Cluster API provider. The same as FakeProvider in
// components/platform/sandbox.ts, from where it comes by way of daemon.json.
type Provider struct {
	// Kind and Name of the operator's custom resource.
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Bundle is its directory in the CRD bundle.
	Bundle string `json:"bundle"`
	// Version the sandbox has, with its v. Others cannot be installed.
	Version string `json:"version"`
	// Contract of its metadata.
	Contract string `json:"contract"`
	// Prefix upstream's kustomize gives to the names of its objects.
	Prefix string `json:"prefix"`
	// Label is the value of cluster.x-k8s.io/provider on its objects.
	Label string `json:"label"`
	// Tool is the real manager; empty where a fake takes its place.
	Tool string `json:"tool,omitempty"`
	// Gates are the feature gates of upstream's manifest.
	Gates map[string]bool `json:"gates,omitempty"`
}

// kinds are all kinds the operator has; those without a provider here get a condition that says so.
var kinds = []string{
	"CoreProvider", "BootstrapProvider", "ControlPlaneProvider", "InfrastructureProvider",
	"AddonProvider", "IPAMProvider", "RuntimeExtensionProvider",
}

func kindOf(kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "operator.cluster.x-k8s.io", Version: "v1alpha2", Kind: kind}
}

func (d *Fake) lookup(kind, name string) (Provider, bool) {
	for _, p := range d.Providers {
		if p.Kind == kind && p.Name == name {
			return p, true
		}
	}
	return Provider{}, false
}
