package talos

import (
	"context"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// function is one a program calls. Its result is its arguments and what run adds to them.
type function struct {
	schema schema
	// validate checks what the schema cannot say. May be nil.
	validate func(args resource.PropertyMap) []plugin.CheckFailure
	run      func(ctx context.Context, args resource.PropertyMap) (resource.PropertyMap, error)
}

// serve gives the function the shape the engine calls. Results are plain: not every language can take secrets from a
// function, and the Node SDK marks the result as secret itself when an argument was.
func (f function) serve() provider.Function {
	return func(ctx context.Context, args resource.PropertyMap) (resource.PropertyMap, []plugin.CheckFailure, error) {
		plain := provider.Plain(args)
		failures := f.schema.check(plain)
		if len(failures) == 0 && f.validate != nil {
			failures = f.validate(plain)
		}
		if len(failures) > 0 {
			return nil, failures, nil
		}
		known := f.schema.complete(plain)
		found, err := f.run(ctx, known)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(known, found)
		return known, nil, nil
	}
}
