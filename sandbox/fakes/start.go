package main

import (
	"context"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/fakes"
	"firmament.example/sandbox/fakes/internal/talos"
)

// startFakes gives the function that runs the fakes beside the management cluster.
func startFakes(cfg *config, deps controlplane.Deps) func(context.Context, talos.Cluster) error {
	return func(ctx context.Context, cluster talos.Cluster) error {
		if cfg.CRDs == "" {
			deps.Log.Warn("no CRD bundle is configured: machines only, no Cluster API, Kamaji and KubeVirt", "cluster", cluster.Name)
			<-ctx.Done()
			return nil
		}
		return fakes.Run(ctx, fakes.Deps{
			Deps: deps, Management: cluster.REST, StateDir: cfg.StateDir, Bundle: cfg.CRDs, Kinds: cfg.Fakes, Providers: cfg.Providers,
		})
	}
}
