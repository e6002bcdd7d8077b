// Command pulumi-resource-kubernetes is the Kubernetes provider of Pulumi, as its own Go module serves it.
package main

import (
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	// A Node program needs no schema from the plugin; the SDK carries its types.
	provider.Serve("kubernetes", version.Version, []byte(`{"name":"kubernetes"}`), nil)
}
