// Command pulumi-resource-command is the Pulumi plugin of the package command.
package main

import (
	"os"

	"firmament.example/sandbox/offline/plugins/internal/command"
	"firmament.example/sandbox/offline/plugins/internal/provider"
)

func main() {
	os.Exit(provider.Main(command.Package(), os.Args[1:], os.Stdout, os.Stderr))
}
