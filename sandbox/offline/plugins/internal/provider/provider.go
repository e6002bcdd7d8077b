// Package provider serves the resources and functions of one Pulumi package to the engine.
//
// It speaks the engine's resource provider protocol (secrets and unknown values included) and leaves to a package only
// what it is about: a table of resources and a table of functions, both working on property maps.
package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// Resource is what the engine can do with the resources of one type.
//
// Inputs come with secrets wrapped and, in previews, with unknown values. Outputs are sent back the same way.
type Resource interface {
	// Check completes and validates the inputs.
	Check(ctx context.Context, inputs resource.PropertyMap) (resource.PropertyMap, []plugin.CheckFailure, error)
	// Diff says what an update from the old state to the new inputs would change.
	Diff(ctx context.Context, req plugin.DiffRequest) (plugin.DiffResult, error)
	// Create makes the resource; in a preview it only says what its outputs would be.
	Create(ctx context.Context, req plugin.CreateRequest) (resource.ID, resource.PropertyMap, error)
	// Update changes the resource; in a preview it only says what its outputs would be.
	Update(ctx context.Context, req plugin.UpdateRequest) (resource.PropertyMap, error)
	// Delete removes the resource.
	Delete(ctx context.Context, req plugin.DeleteRequest) error
	// Read refreshes the resource, or imports it when there is no state yet.
	Read(ctx context.Context, req plugin.ReadRequest) (plugin.ReadResult, error)
}

// Function is a function a program can call, during previews too.
type Function func(ctx context.Context, args resource.PropertyMap) (resource.PropertyMap, []plugin.CheckFailure, error)

// Package is a set of resources and functions under one name and version.
type Package struct {
	Name      string
	Version   string
	Resources map[tokens.Type]Resource
	Functions map[tokens.ModuleMember]Function
	// Configure takes the configuration of the provider, before anything else is called. May be nil.
	Configure func(config resource.PropertyMap) error
}

// Provider answers the engine for a package.
type Provider struct {
	plugin.UnimplementedProvider

	pkg    Package
	log    *engineLog
	cancel context.CancelFunc
	// life ends when the engine asks for cancellation: every call under way ends with it.
	life context.Context //nolint:containedctx // the protocol announces cancellation in a call of its own
	once sync.Once
}

// New makes a provider of a package. Messages to the user go to the engine at engineAddress, or nowhere when it is
// empty and the engine does not introduce itself.
func New(pkg Package, engineAddress string) *Provider {
	life, cancel := context.WithCancel(context.Background())
	return &Provider{pkg: pkg, log: newEngineLog(engineAddress), life: life, cancel: cancel}
}

// Pkg is the name of the package.
func (p *Provider) Pkg() tokens.Package { return tokens.Package(p.pkg.Name) }

// Handshake learns the address of the engine.
func (p *Provider) Handshake(
	_ context.Context, req plugin.ProviderHandshakeRequest,
) (*plugin.ProviderHandshakeResponse, error) {
	p.log.connect(req.EngineAddress)
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

// Attach learns the address of the engine when it is found by an already running provider.
func (p *Provider) Attach(address string) error {
	p.log.connect(address)
	return nil
}

// SignalCancellation ends everything under way.
func (p *Provider) SignalCancellation(context.Context) error {
	p.once.Do(p.cancel)
	return nil
}

// Close releases the connection to the engine.
func (p *Provider) Close() error {
	p.once.Do(p.cancel)
	return p.log.close()
}

// GetPluginInfo gives the version.
func (p *Provider) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	version, err := semver.ParseTolerant(p.pkg.Version)
	if err != nil {
		return plugin.PluginInfo{}, fmt.Errorf("version of package %s: %w", p.pkg.Name, err)
	}
	return plugin.PluginInfo{Version: &version}, nil
}

// GetSchema gives the name only: programs in TypeScript bring their types with them.
func (p *Provider) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	schema := fmt.Sprintf(`{"name":%q,"version":%q}`, p.pkg.Name, p.pkg.Version)
	return plugin.GetSchemaResponse{Schema: []byte(schema)}, nil
}

// CheckConfig accepts the configuration as it is.
func (p *Provider) CheckConfig(_ context.Context, req plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	return plugin.CheckConfigResponse{Properties: req.News}, nil
}

// DiffConfig never asks for replacing the provider.
func (p *Provider) DiffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	changed := ChangedKeys(Plain(req.OldInputs), Plain(req.NewInputs))
	if len(changed) == 0 {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	return plugin.DiffResult{Changes: plugin.DiffSome, ChangedKeys: changed}, nil
}

// Configure hands the configuration to the package.
func (p *Provider) Configure(_ context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	if p.pkg.Configure == nil {
		return plugin.ConfigureResponse{}, nil
	}
	return plugin.ConfigureResponse{}, p.pkg.Configure(Plain(req.Inputs))
}

// Check validates the inputs of a resource.
func (p *Provider) Check(ctx context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	res, ctx, done, err := p.resource(ctx, req.URN)
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	defer done()
	inputs, failures, err := res.Check(ctx, req.News)
	return plugin.CheckResponse{Properties: inputs, Failures: failures}, err
}

// Diff compares a resource's state with new inputs.
func (p *Provider) Diff(ctx context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	res, ctx, done, err := p.resource(ctx, req.URN)
	if err != nil {
		return plugin.DiffResult{}, err
	}
	defer done()
	return res.Diff(ctx, req)
}

// Create makes a resource.
func (p *Provider) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	res, ctx, done, err := p.resource(ctx, req.URN)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	defer done()
	id, outputs, err := res.Create(ctx, req)
	if err != nil {
		return plugin.CreateResponse{Status: resource.StatusUnknown}, err
	}
	return plugin.CreateResponse{ID: id, Properties: outputs, Status: resource.StatusOK}, nil
}

// Update changes a resource.
func (p *Provider) Update(ctx context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	res, ctx, done, err := p.resource(ctx, req.URN)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	defer done()
	outputs, err := res.Update(ctx, req)
	if err != nil {
		return plugin.UpdateResponse{Status: resource.StatusUnknown}, err
	}
	return plugin.UpdateResponse{Properties: outputs, Status: resource.StatusOK}, nil
}

// Delete removes a resource.
func (p *Provider) Delete(ctx context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	res, ctx, done, err := p.resource(ctx, req.URN)
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	defer done()
	if err := res.Delete(ctx, req); err != nil {
		return plugin.DeleteResponse{Status: resource.StatusUnknown}, err
	}
	return plugin.DeleteResponse{Status: resource.StatusOK}, nil
}

// Read refreshes or imports a resource.
func (p *Provider) Read(ctx context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	res, ctx, done, err := p.resource(ctx, req.URN)
	if err != nil {
		return plugin.ReadResponse{}, err
	}
	defer done()
	result, err := res.Read(ctx, req)
	return plugin.ReadResponse{ReadResult: result, Status: resource.StatusOK}, err
}

// Invoke calls a function.
func (p *Provider) Invoke(ctx context.Context, req plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	function, ok := p.pkg.Functions[req.Tok]
	if !ok {
		return plugin.InvokeResponse{}, fmt.Errorf("package %s %s has no function %s", p.pkg.Name, p.pkg.Version, req.Tok)
	}
	ctx, done := p.context(ctx, "")
	defer done()
	outputs, failures, err := function(ctx, req.Args)
	return plugin.InvokeResponse{Properties: outputs, Failures: failures}, err
}

func (p *Provider) resource(
	ctx context.Context, urn resource.URN,
) (Resource, context.Context, context.CancelFunc, error) {
	res, ok := p.pkg.Resources[urn.Type()]
	if !ok {
		return nil, nil, nil, fmt.Errorf("package %s %s has no resource %s", p.pkg.Name, p.pkg.Version, urn.Type())
	}
	ctx, done := p.context(ctx, urn)
	return res, ctx, done, nil
}

// context ends with the call or with the provider, and knows where messages go.
func (p *Provider) context(ctx context.Context, urn resource.URN) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(p.life, func() { cancel(errCancelled) })
	return withLog(ctx, p.log, urn), func() { stop(); cancel(nil) }
}

var errCancelled = errors.New("cancelled by the engine")
