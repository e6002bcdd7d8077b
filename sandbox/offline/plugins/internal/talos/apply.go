package talos

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

const stagedIfNeedingReboot = "staged_if_needing_reboot"

// applyResource is talos:machine/configurationApply:ConfigurationApply.
func applyResource() *planned {
	return &planned{
		id: "machine_configuration_apply",
		schema: schema{
			"node":                        {required: true},
			"endpoint":                    {computed: true},
			"clientConfiguration":         {kind: object, fields: clientSchema(false)},
			"clientConfigurationWo":       {kind: object, secret: true, writeOnly: true, fields: clientSchema(true)},
			"machineConfigurationInput":   {secret: true},
			"machineConfigurationInputWo": {secret: true, writeOnly: true},
			"configPatches":               {kind: list},
			"applyMode": {
				computed: true, fallback: "auto",
				oneOf: []string{"auto", "reboot", "no_reboot", "staged", stagedIfNeedingReboot},
			},
			"onDestroy": {kind: object, fields: schema{
				"reset":    {kind: flag, computed: true, fallback: false},
				"graceful": {kind: flag, computed: true, fallback: true},
				"reboot":   {kind: flag, computed: true, fallback: false},
			}},
			"timeouts":                 timeoutsSchema("create", "update", "delete"),
			"machineConfiguration":     {output: true, computed: true, stable: true, secret: true},
			"machineConfigurationHash": {output: true, computed: true, stable: true},
			"resolvedApplyMode":        {output: true, computed: true},
		},
		validate: func(inputs resource.PropertyMap) []plugin.CheckFailure {
			return append(
				exactlyOne(inputs, "machineConfigurationInput", "machineConfigurationInputWo"),
				exactlyOne(inputs, "clientConfiguration", "clientConfigurationWo")...,
			)
		},
		refine: refineApply,
		create: func(ctx context.Context, p *plan) (string, error) { return "", apply(ctx, p, "create") },
		update: func(ctx context.Context, p *plan) error { return apply(ctx, p, "update") },
		remove: resetMachine,
	}
}

// refineApply renders the configuration as soon as everything it depends on is known, so that a preview shows whether
// the machine will be touched, and a wrong patch fails before any machine is.
func refineApply(ctx context.Context, p *plan) error {
	if !endpointFromNode(p) {
		return nil
	}
	rendered, known, err := render(p.inputs)
	if err != nil || !known {
		return err
	}
	hash := sha256.Sum256([]byte(rendered))
	p.state["machineConfigurationHash"] = resource.NewProperty(hex.EncodeToString(hash[:]))
	if given(p.inputs, "machineConfigurationInputWo") {
		// what is not to be in the state must not get there in another shape
		delete(p.state, "machineConfiguration")
	} else {
		p.state["machineConfiguration"] = resource.NewProperty(rendered)
	}
	resolveMode(ctx, p, rendered)
	return nil
}

// render puts the patches on the input. Not known yet when a part of either is not.
func render(inputs resource.PropertyMap) (rendered string, known bool, err error) {
	input := inputs["machineConfigurationInput"]
	if given(inputs, "machineConfigurationInputWo") {
		input = inputs["machineConfigurationInputWo"]
	}
	patchTexts, known := textsOf(inputs, "configPatches")
	if !known || !input.IsString() {
		return "", false, nil
	}
	patches, err := configpatcher.LoadPatches(patchTexts)
	if err != nil {
		return "", false, fmt.Errorf("configPatches: cannot be read: %w", err)
	}
	patched, err := configpatcher.Apply(configpatcher.WithBytes([]byte(input.StringValue())), patches)
	if err != nil {
		return "", false, fmt.Errorf("configPatches: do not fit the configuration: %w", err)
	}
	content, err := patched.Bytes()
	if err != nil {
		return "", false, fmt.Errorf("render the patched configuration: %w", err)
	}
	return string(content), true, nil
}

// resolveMode settles what staged_if_needing_reboot comes to, by asking the machine whether it would reboot.
func resolveMode(ctx context.Context, p *plan, rendered string) {
	mode := strings.ToLower(textOf(p.state, "applyMode"))
	if mode == "" {
		mode = "auto"
	}
	resolve := func(mode string) { p.state["resolvedApplyMode"] = resource.NewProperty(mode) }
	if mode != stagedIfNeedingReboot {
		resolve(mode)
		return
	}
	if before := textOf(p.prior, "resolvedApplyMode"); before != "" && textOf(p.prior, "machineConfiguration") == rendered {
		resolve(before)
		return
	}
	credentials := credentialsIn(p.inputs)
	if credentials == nil || resource.NewProperty(credentials).ContainsUnknowns() {
		resolve("auto")
		return
	}
	node := textOf(p.state, "node")
	reboot, err := needsReboot(ctx, p, credentials, rendered)
	switch {
	case err != nil:
		provider.Warn(ctx, "node %s: unknown whether the change needs a reboot (%v); using mode auto, which may reboot", node, err)
		resolve("auto")
	case reboot:
		provider.Warn(ctx, "node %s: the change needs a reboot and is staged; reboot with: talosctl reboot --nodes %s", node, node)
		resolve("staged")
	default:
		resolve("auto")
	}
}

func needsReboot(ctx context.Context, p *plan, credentials resource.PropertyMap, rendered string) (bool, error) {
	target, err := machineOf(p.state, credentials)
	if err != nil {
		return false, err
	}
	reboot := false
	err = target.call(ctx, func(ctx context.Context, c *client.Client) error {
		answer, err := c.ApplyConfiguration(ctx, &machineapi.ApplyConfigurationRequest{
			Mode: machineapi.ApplyConfigurationRequest_AUTO, Data: []byte(rendered), DryRun: true,
		})
		if err != nil {
			return err //nolint:wrapcheck // shown as the machine said it
		}
		for _, message := range answer.GetMessages() {
			reboot = reboot || message.GetMode() == machineapi.ApplyConfigurationRequest_REBOOT
		}
		return nil
	})
	return reboot, err
}

// apply sends the rendered configuration to the machine.
func apply(ctx context.Context, p *plan, operation resource.PropertyKey) error {
	timeout, err := timeoutOf(p.state, operation)
	if err != nil {
		return err
	}
	rendered, _, err := render(p.inputs)
	if err != nil {
		return err
	}
	target, err := machineOf(p.state, credentialsIn(p.inputs))
	if err != nil {
		return err
	}
	mode := strings.ToUpper(textOf(p.state, "resolvedApplyMode"))
	err = target.callUntil(ctx, timeout, func(ctx context.Context, c *client.Client) error {
		_, err := c.ApplyConfiguration(ctx, &machineapi.ApplyConfigurationRequest{
			Mode: machineapi.ApplyConfigurationRequest_Mode(machineapi.ApplyConfigurationRequest_Mode_value[mode]),
			Data: []byte(rendered),
		})
		return err //nolint:wrapcheck // the code of the status decides about trying again
	})
	if err != nil {
		return fmt.Errorf("apply configuration to %s: %w", target.node, err)
	}
	return nil
}
