package main

import (
	"context"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/doubles"
	"firmament.example/sandbox/fakes/internal/talos"
)

// standIns starts the controllers that stand in for hardware beside the management cluster.
func standIns(cfg *config, deps controlplane.Deps) func(context.Context, talos.Cluster) error {
	return func(ctx context.Context, cluster talos.Cluster) error {
		if cfg.CRDs == "" {
			deps.Log.Warn("no CRD bundle is configured: machines only, no Cluster API, Kamaji and KubeVirt", "cluster", cluster.Name)
			<-ctx.Done()
			return nil
		}
		return doubles.Run(ctx, doubles.Deps{Deps: deps, Management: cluster.REST, StateDir: cfg.StateDir, Bundle: cfg.CRDs})
	}
}
