package main

import (
	"context"
	"fmt"

	"firmament.example/sandbox/daemon/internal/controlplane"
	"firmament.example/sandbox/daemon/internal/doubles"
	"firmament.example/sandbox/daemon/internal/talos"
)

// standIns starts the controllers that stand in for hardware beside the management cluster.
func standIns(cfg *config, deps controlplane.Deps) func(context.Context, talos.Cluster) error {
	return func(ctx context.Context, cluster talos.Cluster) error {
		if cfg.CRDs == "" {
			return fmt.Errorf("crds: none — the controllers beside cluster %s need the CRD bundle; give its directory in daemon.json", cluster.Name)
		}
		return doubles.Run(ctx, doubles.Deps{Deps: deps, Management: cluster.REST, StateDir: cfg.StateDir, Bundle: cfg.CRDs})
	}
}
