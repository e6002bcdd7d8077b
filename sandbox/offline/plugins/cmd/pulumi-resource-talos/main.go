// Command pulumi-resource-talos is the Pulumi plugin of the package talos.
package main

import (
	"os"

	"firmament.example/sandbox/offline/plugins/internal/provider"
	"firmament.example/sandbox/offline/plugins/internal/talos"
)

func main() {
	os.Exit(provider.Main(talos.Package(), os.Args[1:], os.Stdout, os.Stderr))
}
