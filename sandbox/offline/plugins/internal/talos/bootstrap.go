package talos

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
)

// bootstrapResource is talos:machine/bootstrap:Bootstrap.
func bootstrapResource() *planned {
	return &planned{
		id: "machine_bootstrap",
		schema: schema{
			"node":                  {required: true},
			"endpoint":              {computed: true},
			"clientConfiguration":   {kind: object, fields: clientSchema(false)},
			"clientConfigurationWo": {kind: object, secret: true, writeOnly: true, fields: clientSchema(true)},
			"timeouts":              timeoutsSchema("create"),
		},
		validate: func(inputs resource.PropertyMap) []plugin.CheckFailure {
			return exactlyOne(inputs, "clientConfiguration", "clientConfigurationWo")
		},
		refine: func(_ context.Context, p *plan) error {
			endpointFromNode(p)
			return nil
		},
		create: bootstrap,
		adopt: func(context.Context, string) (string, resource.PropertyMap, error) {
			return "machine_bootstrap", resource.PropertyMap{}, nil
		},
	}
}

func bootstrap(ctx context.Context, p *plan) (string, error) {
	timeout, err := timeoutOf(p.state, "create")
	if err != nil {
		return "", err
	}
	target, err := machineOf(p.state, credentialsIn(p.inputs))
	if err != nil {
		return "", err
	}
	err = target.callUntil(ctx, timeout, func(ctx context.Context, c *client.Client) error {
		return c.Bootstrap(ctx, &machineapi.BootstrapRequest{}) //nolint:wrapcheck // the code decides about trying again
	})
	if err != nil {
		return "", fmt.Errorf("bootstrap %s: %w", target.node, err)
	}
	return "", nil
}
