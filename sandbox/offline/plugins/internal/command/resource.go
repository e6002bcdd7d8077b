package command

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// idBytes is the length of the random part of an id.
const idBytes = 8

// managed is a resource whose state is its inputs and what working on it gave.
type managed struct {
	kinds    map[resource.PropertyKey]kind
	required []resource.PropertyKey
	// secret inputs, wrapped whole.
	secret []resource.PropertyKey
	// made are the outputs that only working on it gives; unknown in previews.
	made func(inputs resource.PropertyMap) []resource.PropertyKey
	// complete fills in fallbacks. May be nil.
	complete func(inputs resource.PropertyMap) (resource.PropertyMap, []plugin.CheckFailure)
	// idPrefix goes before the random part of the id.
	idPrefix func(name string) string

	create func(ctx context.Context, inputs resource.PropertyMap) (resource.PropertyMap, error)
	update func(ctx context.Context, before, inputs resource.PropertyMap) (resource.PropertyMap, error)
	remove func(ctx context.Context, state resource.PropertyMap) error
}

var _ provider.Resource = (*managed)(nil)

func (r *managed) Check(
	_ context.Context, inputs resource.PropertyMap,
) (resource.PropertyMap, []plugin.CheckFailure, error) {
	failures := checkKinds("", provider.Plain(inputs), r.kinds, r.required...)
	checked := maps.Clone(inputs)
	if r.complete != nil {
		completed, more := r.complete(provider.Plain(inputs))
		checked, failures = provider.KeepSecrets(inputs, completed), append(failures, more...)
	}
	return r.markSecrets(checked), failures, nil
}

// Diff compares inputs. Triggers exist to make a new resource when they change.
func (r *managed) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResult, error) {
	before := req.OldInputs
	if before == nil {
		before = req.OldOutputs
	}
	changed := provider.ChangedKeys(r.inputs(before), r.inputs(req.NewInputs))
	if len(changed) == 0 {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	result := plugin.DiffResult{Changes: plugin.DiffSome, ChangedKeys: changed}
	if slices.Contains(changed, "triggers") {
		result.ReplaceKeys = []resource.PropertyKey{"triggers"}
	}
	return result, nil
}

func (r *managed) Create(ctx context.Context, req plugin.CreateRequest) (resource.ID, resource.PropertyMap, error) {
	inputs := r.inputs(req.Properties)
	if req.Preview {
		return "", r.outputs(req.Properties, r.unmade(inputs)), nil
	}
	made, err := r.create(ctx, inputs)
	if err != nil {
		return "", nil, err
	}
	id, err := resource.NewUniqueHex(r.idPrefix(req.URN.Name()), idBytes, 0)
	if err != nil {
		return "", nil, fmt.Errorf("make an id: %w", err)
	}
	return resource.ID(id), r.outputs(req.Properties, made), nil
}

func (r *managed) Update(ctx context.Context, req plugin.UpdateRequest) (resource.PropertyMap, error) {
	inputs := r.inputs(req.NewInputs)
	if req.Preview {
		return r.outputs(req.NewInputs, r.unmade(inputs)), nil
	}
	made, err := r.update(ctx, provider.Plain(req.OldOutputs), inputs)
	if err != nil {
		return nil, err
	}
	return r.outputs(req.NewInputs, made), nil
}

func (r *managed) Delete(ctx context.Context, req plugin.DeleteRequest) error {
	if r.remove == nil {
		return nil
	}
	return r.remove(ctx, provider.Plain(req.Outputs))
}

// Read leaves the state as it is: what a command did cannot be seen from here.
func (r *managed) Read(_ context.Context, req plugin.ReadRequest) (plugin.ReadResult, error) {
	if len(req.State) == 0 {
		return plugin.ReadResult{}, errors.New("a command cannot be imported — it would have to run; let a program create it")
	}
	return plugin.ReadResult{ID: req.ID, Inputs: req.Inputs, Outputs: req.State}, nil
}

// inputs are the plain values of what the resource has as inputs.
func (r *managed) inputs(values resource.PropertyMap) resource.PropertyMap {
	inputs := resource.PropertyMap{}
	for key, value := range provider.Plain(values) {
		if _, ok := r.kinds[key]; ok && !value.IsNull() {
			inputs[key] = value
		}
	}
	return inputs
}

// unmade are the outputs of a preview.
func (r *managed) unmade(inputs resource.PropertyMap) resource.PropertyMap {
	unknown := resource.PropertyMap{}
	for _, key := range r.made(inputs) {
		unknown[key] = provider.Unknown()
	}
	return unknown
}

// outputs are the inputs and what was made, with the secrets of both.
func (r *managed) outputs(given, made resource.PropertyMap) resource.PropertyMap {
	outputs := r.inputs(given)
	maps.Copy(outputs, made)
	return r.markSecrets(provider.KeepSecrets(given, outputs))
}

func (r *managed) markSecrets(values resource.PropertyMap) resource.PropertyMap {
	marked := maps.Clone(values)
	for _, key := range r.secret {
		if value, ok := marked[key]; ok && !value.IsSecret() && !value.IsNull() {
			marked[key] = resource.MakeSecret(value)
		}
	}
	return marked
}
