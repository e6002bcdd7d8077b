package talos

import (
	"context"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// plan is what a resource will be: its inputs, its fallbacks, and its computed properties as far as they are known.
type plan struct {
	// prior is the state before, nil when the resource is new.
	prior resource.PropertyMap
	// inputs as the program gave them.
	inputs resource.PropertyMap
	// state afterwards; contains unknown values in previews, and where only applying makes the value.
	state resource.PropertyMap
	// replace lists what cannot be changed in place.
	replace []resource.PropertyKey
}

// changed reports whether something differs from the prior state.
func (p *plan) changed() bool { return len(provider.ChangedKeys(p.prior, p.state)) > 0 }

// planned is a resource that is planned before anything is done, as the official provider does it: a
// difference is one between the prior and the planned state, and applying makes the planned state true. All property
// maps its functions see are free of secret wrappers.
type planned struct {
	id     string
	schema schema
	// validate checks what the schema cannot say. May be nil.
	validate func(inputs resource.PropertyMap) []plugin.CheckFailure
	// refine computes what is known of the planned state. May be nil.
	refine func(ctx context.Context, p *plan) error
	// create makes a planned state true and completes it. The id it returns wins over the constant one when not empty.
	create func(ctx context.Context, p *plan) (string, error)
	// update does the same for an existing resource. Nil when only the state changes.
	update func(ctx context.Context, p *plan) error
	// remove undoes it. Nil when only the state changes.
	remove func(ctx context.Context, state resource.PropertyMap) error
	// adopt gives the state of an existing one by what the user calls its id. Nil when it cannot be imported.
	adopt func(ctx context.Context, id string) (string, resource.PropertyMap, error)
}

var _ provider.Resource = (*planned)(nil)

// Check validates against the schema and beyond, and marks secret inputs.
func (r *planned) Check(
	_ context.Context, inputs resource.PropertyMap,
) (resource.PropertyMap, []plugin.CheckFailure, error) {
	plain := provider.Plain(inputs)
	failures := r.schema.check(plain)
	if r.validate != nil {
		failures = append(failures, r.validate(plain)...)
	}
	return r.schema.markSecrets(inputs), failures, nil
}

// Diff plans the update and reports where it leads.
func (r *planned) Diff(ctx context.Context, req plugin.DiffRequest) (plugin.DiffResult, error) {
	p, err := r.plan(ctx, req.OldOutputs, req.NewInputs)
	if err != nil {
		return plugin.DiffResult{}, err
	}
	changed := provider.ChangedKeys(p.prior, p.state)
	if len(changed) == 0 {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	return plugin.DiffResult{Changes: plugin.DiffSome, ChangedKeys: changed, ReplaceKeys: p.replace}, nil
}

// Create plans and, outside of previews, applies.
func (r *planned) Create(ctx context.Context, req plugin.CreateRequest) (resource.ID, resource.PropertyMap, error) {
	p, err := r.plan(ctx, nil, req.Properties)
	if err != nil {
		return "", nil, err
	}
	if req.Preview {
		return "", r.outputs(req.Properties, p.state), nil
	}
	id, err := r.create(ctx, p)
	if err != nil {
		return "", nil, err
	}
	if id == "" {
		id = r.id
	}
	return resource.ID(id), r.outputs(req.Properties, p.state), nil
}

// Update plans and, outside of previews, applies.
func (r *planned) Update(ctx context.Context, req plugin.UpdateRequest) (resource.PropertyMap, error) {
	p, err := r.plan(ctx, req.OldOutputs, req.NewInputs)
	if err != nil {
		return nil, err
	}
	if !req.Preview && r.update != nil {
		if err := r.update(ctx, p); err != nil {
			return nil, err
		}
	}
	return r.outputs(req.NewInputs, p.state), nil
}

// Delete undoes, or only forgets.
func (r *planned) Delete(ctx context.Context, req plugin.DeleteRequest) error {
	if r.remove == nil {
		return nil
	}
	return r.remove(ctx, r.known(provider.Plain(req.Outputs)))
}

// Read leaves the state as it is: machines are not asked what became of them.
func (r *planned) Read(ctx context.Context, req plugin.ReadRequest) (plugin.ReadResult, error) {
	if len(req.State) > 0 {
		return plugin.ReadResult{ID: req.ID, Inputs: req.Inputs, Outputs: req.State}, nil
	}
	if r.adopt == nil {
		return plugin.ReadResult{}, fmt.Errorf("%s: cannot be imported — its inputs cannot be read back; "+
			"let a program create it", req.Type)
	}
	id, state, err := r.adopt(ctx, string(req.ID))
	if err != nil {
		return plugin.ReadResult{}, err
	}
	state = r.schema.markSecrets(state)
	inputs := resource.PropertyMap{}
	for key, value := range state {
		if !r.schema[key].output {
			inputs[key] = value
		}
	}
	return plugin.ReadResult{ID: resource.ID(id), Inputs: inputs, Outputs: state}, nil
}

func (r *planned) plan(ctx context.Context, prior, inputs resource.PropertyMap) (*plan, error) {
	p := &plan{inputs: provider.Plain(inputs)}
	p.state = r.schema.complete(p.inputs)
	if prior != nil {
		p.prior = r.known(provider.Plain(prior))
		r.carry(p, true)
	}
	if prior == nil || p.changed() {
		r.carry(p, false)
	}
	if r.refine != nil {
		if err := r.refine(ctx, p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// carry gives computed properties their prior values; once something changes, only the stable ones keep them.
func (r *planned) carry(p *plan, unchanged bool) {
	for key, attr := range r.schema {
		if _, given := p.inputs[key]; given || !attr.computed {
			continue
		}
		if attr.fallback != nil {
			continue
		}
		before, had := p.prior[key]
		switch {
		case unchanged || attr.stable && had && !before.IsNull():
			if had {
				p.state[key] = before
			}
		default:
			p.state[key] = provider.Unknown()
		}
	}
}

// known drops what the schema does not have, such as bookkeeping of the provider that made the state.
func (r *planned) known(state resource.PropertyMap) resource.PropertyMap {
	known := resource.PropertyMap{}
	for key, value := range state {
		if _, ok := r.schema[key]; ok {
			known[key] = value
		}
	}
	return known
}

// outputs is the state as the engine gets it, secrets wrapped.
func (r *planned) outputs(inputs, state resource.PropertyMap) resource.PropertyMap {
	return provider.KeepSecrets(inputs, r.schema.markSecrets(state))
}

// textOf reads a string property; empty when missing or unknown.
func textOf(values resource.PropertyMap, key resource.PropertyKey) string {
	if value, ok := values[key]; ok && value.IsString() {
		return value.StringValue()
	}
	return ""
}

// textsOf reads a list of strings; false when something in it is unknown.
func textsOf(values resource.PropertyMap, key resource.PropertyKey) ([]string, bool) {
	value, ok := values[key]
	if !ok || value.IsNull() {
		return nil, true
	}
	if value.ContainsUnknowns() {
		return nil, false
	}
	var texts []string
	for _, item := range value.ArrayValue() {
		if item.IsString() {
			texts = append(texts, item.StringValue())
		}
	}
	return texts, true
}

// flagOf reads a boolean property; false when missing or unknown.
func flagOf(values resource.PropertyMap, key resource.PropertyKey) bool {
	value, ok := values[key]
	return ok && value.IsBool() && value.BoolValue()
}

// fieldsOf reads an object property; nil when missing or unknown.
func fieldsOf(values resource.PropertyMap, key resource.PropertyKey) resource.PropertyMap {
	if value, ok := values[key]; ok && value.IsObject() {
		return value.ObjectValue()
	}
	return nil
}

func given(values resource.PropertyMap, key resource.PropertyKey) bool {
	value, ok := values[key]
	return ok && !value.IsNull()
}

// exactlyOne fails unless one of two inputs is given.
func exactlyOne(inputs resource.PropertyMap, first, second resource.PropertyKey) []plugin.CheckFailure {
	count := len(slices.DeleteFunc([]resource.PropertyKey{first, second}, func(key resource.PropertyKey) bool {
		return !given(inputs, key)
	}))
	if count == 1 {
		return nil
	}
	state := "neither is given"
	if count == 2 {
		state = "both are given"
	}
	return []plugin.CheckFailure{{
		Property: first,
		Reason:   fmt.Sprintf("%s: %s — exactly one of %s and %s must be; correct the arguments", first, state, first, second),
	}}
}
