// Package command is a provider of the Pulumi package command: programs run as resources, here or over SSH.
//
// It takes the place of the provider of this Version where that one cannot be had: same tokens, inputs, outputs, ids and secrets. Not
// part of it is command:remote:CopyFile, which that version keeps only for old programs (CopyToRemote replaced it).
package command

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// Version of the provider whose place this one takes; set when it is built (versions/pulumi.ts).
var Version = "0.0.0-dev"

// Package gives the resources and functions, ready to be served.
func Package() provider.Package {
	return provider.Package{
		Name:    "command",
		Version: Version,
		Resources: map[tokens.Type]provider.Resource{
			"command:local:Command":       localCommand(),
			"command:remote:Command":      remoteCommand(),
			"command:remote:CopyToRemote": copyToRemote(),
			"command:remote:CopyFile":     &replaced{managed: *copyToRemote()},
		},
		Functions: map[tokens.ModuleMember]provider.Function{"command:local:run": localRun},
	}
}

// replaced refuses programs that use what has a successor.
type replaced struct{ managed }

func (r *replaced) Check(
	context.Context, resource.PropertyMap,
) (resource.PropertyMap, []plugin.CheckFailure, error) {
	return nil, nil, errors.New("command:remote:CopyFile: not served by this build of the plugin — it is deprecated; " +
		"use remote.CopyToRemote")
}
