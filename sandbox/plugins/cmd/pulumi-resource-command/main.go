// Command pulumi-resource-command is the Pulumi plugin of the package command.
package main

import (
	"os"

	"firmament.example/sandbox/plugins/internal/command"
	"firmament.example/sandbox/plugins/internal/provider"
)

func main() {
	os.Exit(provider.Main(command.Package(), os.Args[1:], os.Stdout, os.Stderr))
}
