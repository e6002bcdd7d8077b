// Package providertest drives a provider as the engine does: over its protocol, checking before everything, comparing
// before updating, previewing before deploying.
package providertest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// Engine is what a test sees of a provider.
type Engine struct {
	t      *testing.T
	server pulumirpc.ResourceProviderServer
}

// Resource is one resource of the stack, as it stands in the state.
type Resource struct {
	engine  *Engine
	urn     resource.URN
	ID      string
	Inputs  resource.PropertyMap
	Outputs resource.PropertyMap
}

// Values are inputs in plain Go, see resource.NewPropertyMapFromMap; secrets and unknowns are property values.
type Values = map[string]any

// Start configures a package as the engine does.
func Start(t *testing.T, pkg provider.Package, config Values) *Engine {
	t.Helper()
	p := provider.New(pkg, "")
	t.Cleanup(func() { _ = p.Close() })
	engine := &Engine{t: t, server: plugin.NewProviderServer(p)}
	if _, err := engine.server.Handshake(t.Context(), &pulumirpc.ProviderHandshakeRequest{}); err != nil {
		t.Fatalf("handshake: %v", err)
	}
	_, err := engine.server.Configure(t.Context(), &pulumirpc.ConfigureRequest{
		Args: engine.marshal(Properties(config)), AcceptSecrets: true, AcceptResources: true,
	})
	if err != nil {
		t.Fatalf("configure: %v", err)
	}
	return engine
}

// Resource names a resource that does not exist yet.
func (e *Engine) Resource(token string) *Resource {
	urn := resource.NewURN("test", "project", "", tokens.Type(token), "it")
	return &Resource{engine: e, urn: urn}
}

// Check validates inputs; the reasons of all failures come back as one error.
func (r *Resource) Check(inputs Values) (resource.PropertyMap, error) {
	e := r.engine
	answer, err := e.server.Check(e.t.Context(), &pulumirpc.CheckRequest{
		Urn: string(r.urn), Olds: e.marshal(r.Inputs), News: e.marshal(Properties(inputs)),
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // looked at by tests
	}
	var failures []error
	for _, failure := range answer.GetFailures() {
		failures = append(failures, errors.New(failure.GetReason()))
	}
	return e.unmarshal(answer.GetInputs()), errors.Join(failures...)
}

// Diff compares new inputs with what there is.
func (r *Resource) Diff(inputs Values) (*pulumirpc.DiffResponse, error) {
	checked, err := r.Check(inputs)
	if err != nil {
		return nil, err
	}
	e := r.engine
	return e.server.Diff(e.t.Context(), &pulumirpc.DiffRequest{ //nolint:wrapcheck // looked at by tests
		Urn: string(r.urn), Id: r.ID, OldInputs: e.marshal(r.Inputs), Olds: e.marshal(r.Outputs), News: e.marshal(checked),
	})
}

// Preview says what the outputs would be.
func (r *Resource) Preview(inputs Values) (resource.PropertyMap, error) {
	_, _, outputs, err := r.apply(r.engine.t.Context(), inputs, true)
	return outputs, err
}

// Up creates the resource or, when something differs, updates it. A needed replacement is an error: tests ask for it
// with Diff.
func (r *Resource) Up(inputs Values) error { return r.UpWithin(r.engine.t.Context(), inputs) }

// UpWithin is Up under a context of the caller.
func (r *Resource) UpWithin(ctx context.Context, inputs Values) error {
	id, checked, outputs, err := r.apply(ctx, inputs, false)
	if err != nil {
		return err
	}
	r.ID, r.Inputs, r.Outputs = id, checked, outputs
	return nil
}

func (r *Resource) apply(ctx context.Context, inputs Values, preview bool) (string, resource.PropertyMap, resource.PropertyMap, error) {
	checked, err := r.Check(inputs)
	if err != nil {
		return "", nil, nil, err
	}
	e := r.engine
	if r.Outputs == nil {
		made, err := e.server.Create(ctx, &pulumirpc.CreateRequest{
			Urn: string(r.urn), Properties: e.marshal(checked), Preview: preview,
		})
		if err != nil {
			return "", nil, nil, err //nolint:wrapcheck // looked at by tests
		}
		return made.GetId(), checked, e.unmarshal(made.GetProperties()), nil
	}
	diff, err := r.Diff(inputs)
	if err != nil {
		return "", nil, nil, err
	}
	if len(diff.GetReplaces()) > 0 {
		return "", nil, nil, fmt.Errorf("must be replaced because of %v", diff.GetReplaces())
	}
	if diff.GetChanges() == pulumirpc.DiffResponse_DIFF_NONE {
		return r.ID, checked, r.Outputs, nil
	}
	made, err := e.server.Update(ctx, &pulumirpc.UpdateRequest{
		Urn: string(r.urn), Id: r.ID, OldInputs: e.marshal(r.Inputs), Olds: e.marshal(r.Outputs),
		News: e.marshal(checked), Preview: preview,
	})
	if err != nil {
		return "", nil, nil, err //nolint:wrapcheck // looked at by tests
	}
	return r.ID, checked, e.unmarshal(made.GetProperties()), nil
}

// Delete removes the resource.
func (r *Resource) Delete() error {
	e := r.engine
	_, err := e.server.Delete(e.t.Context(), &pulumirpc.DeleteRequest{
		Urn: string(r.urn), Id: r.ID, OldInputs: e.marshal(r.Inputs), Properties: e.marshal(r.Outputs),
	})
	return err //nolint:wrapcheck // looked at by tests
}

// Import reads an existing resource by its id.
func (r *Resource) Import(id string) error {
	e := r.engine
	answer, err := e.server.Read(e.t.Context(), &pulumirpc.ReadRequest{Urn: string(r.urn), Id: id})
	if err != nil {
		return err //nolint:wrapcheck // looked at by tests
	}
	r.ID, r.Inputs, r.Outputs = answer.GetId(), e.unmarshal(answer.GetInputs()), e.unmarshal(answer.GetProperties())
	return nil
}

// Refresh reads the resource again.
func (r *Resource) Refresh() (resource.PropertyMap, error) {
	e := r.engine
	answer, err := e.server.Read(e.t.Context(), &pulumirpc.ReadRequest{
		Urn: string(r.urn), Id: r.ID, Inputs: e.marshal(r.Inputs), Properties: e.marshal(r.Outputs),
	})
	return e.unmarshal(answer.GetProperties()), err //nolint:wrapcheck // looked at by tests
}

// Invoke calls a function; failures of its arguments come back as one error.
func (e *Engine) Invoke(token string, args Values) (resource.PropertyMap, error) {
	answer, err := e.server.Invoke(e.t.Context(), &pulumirpc.InvokeRequest{Tok: token, Args: e.marshal(Properties(args))})
	if err != nil {
		return nil, err //nolint:wrapcheck // looked at by tests
	}
	var failures []error
	for _, failure := range answer.GetFailures() {
		failures = append(failures, errors.New(failure.GetReason()))
	}
	return e.unmarshal(answer.GetReturn()), errors.Join(failures...)
}

// Cancel asks the provider to end everything under way.
func (e *Engine) Cancel() error {
	_, err := e.server.Cancel(e.t.Context(), nil)
	return err //nolint:wrapcheck // looked at by tests
}

// Properties turns plain Go values into properties.
func Properties(values Values) resource.PropertyMap {
	if values == nil {
		return resource.PropertyMap{}
	}
	return resource.NewPropertyMapFromMap(values)
}

var wire = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}

func (e *Engine) marshal(values resource.PropertyMap) *structpb.Struct {
	e.t.Helper()
	sent, err := plugin.MarshalProperties(values, wire)
	if err != nil {
		e.t.Fatalf("marshal: %v", err)
	}
	return sent
}

func (e *Engine) unmarshal(sent *structpb.Struct) resource.PropertyMap {
	e.t.Helper()
	values, err := plugin.UnmarshalProperties(sent, wire)
	if err != nil {
		e.t.Fatalf("unmarshal: %v", err)
	}
	return values
}

// Secrets lists the paths of everything that is secret, in no order.
func Secrets(values resource.PropertyMap) []string {
	var paths []string
	var walk func(path string, value resource.PropertyValue)
	walk = func(path string, value resource.PropertyValue) {
		switch {
		case value.IsSecret():
			paths = append(paths, path)
		case value.IsObject():
			for key, field := range value.ObjectValue() {
				walk(path+"."+string(key), field)
			}
		case value.IsArray():
			for i, item := range value.ArrayValue() {
				walk(fmt.Sprintf("%s.%d", path, i), item)
			}
		}
	}
	for key, value := range values {
		walk(string(key), value)
	}
	return paths
}

// Plain are the values without the wrappers of secrets, as plain Go.
func Plain(values resource.PropertyMap) Values { return provider.Plain(values).Mappable() }
