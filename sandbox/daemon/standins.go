package main

import (
	"context"

	"firmament.example/sandbox/daemon/internal/controlplane"
	"firmament.example/sandbox/daemon/internal/talos"
)

// standIns starts the controllers that stand in for hardware beside the management cluster.
func standIns(_ *config, _ controlplane.Deps) func(context.Context, talos.Cluster) error {
	return func(ctx context.Context, _ talos.Cluster) error {
		<-ctx.Done()
		return nil
	}
}
