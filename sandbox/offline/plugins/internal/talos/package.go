// Package talos is a provider of the Pulumi package talos: machine secrets and configurations, their application to
// machines, bootstrapping and kubeconfigs, over the libraries of the makers of Talos.
//
// It takes the place of the provider of this Version where that one cannot be had: same tokens, inputs, outputs, ids and secrets, same
// differences, same calls on the wire.
package talos

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// Version of the provider whose place this one takes; set when it is built (versions/pulumi.ts).
var Version = "0.0.0-dev"

// Package gives the resources and functions, ready to be served.
func Package() provider.Package { return packageAt(time.Now) }

func packageAt(now clock) provider.Package {
	images := newFactory()
	return provider.Package{
		Name:      "talos",
		Version:   Version,
		Configure: images.configure,
		Resources: map[tokens.Type]provider.Resource{
			"talos:machine/secrets:Secrets":                       secretsResource(now),
			"talos:machine/configurationApply:ConfigurationApply": applyResource(),
			"talos:machine/bootstrap:Bootstrap":                   bootstrapResource(),
			"talos:cluster/kubeconfig:Kubeconfig":                 kubeconfigResource(now),
			"talos:imageFactory/schematic:Schematic":              images.schematicResource(),
		},
		Functions: map[tokens.ModuleMember]provider.Function{
			"talos:machine/getConfiguration:getConfiguration":                getMachineConfiguration(now).serve(),
			"talos:machine/getDisks:getDisks":                                getDisks().serve(),
			"talos:client/getConfiguration:getConfiguration":                 getClientConfiguration().serve(),
			"talos:cluster/getHealth:getHealth":                              getHealth().serve(),
			"talos:cluster/getKubeconfig:getKubeconfig":                      getKubeconfig().serve(),
			"talos:imageFactory/getExtensionsVersions:getExtensionsVersions": images.getExtensionsVersions().serve(),
			"talos:imageFactory/getOverlaysVersions:getOverlaysVersions":     images.getOverlaysVersions().serve(),
			"talos:imageFactory/getUrls:getUrls":                             images.getUrls().serve(),
			"talos:imageFactory/getVersions:getVersions":                     images.getVersions().serve(),
		},
	}
}
