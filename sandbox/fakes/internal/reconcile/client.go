// Package reconcile is the small controller machinery of the sandbox's fakes: level-triggered loops over kinds that
// may not exist yet, and helpers for unstructured objects.
//
// It reads live from the API server instead of from caches: the sandbox has few objects, and a fake that never acts
// on stale data needs no conflict handling beyond trying again.
package reconcile

import (
	"context"
	"fmt"
	"log/slog"

	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Owner is the field manager of everything the fakes write.
const Owner = "firmament-sandbox"

// Cluster is access to one Kubernetes cluster.
type Cluster struct {
	client.WithWatch
	REST *rest.Config
	Log  *slog.Logger

	served *served
}

// Connect makes a client and starts to follow which kinds the cluster serves; that ends with ctx.
func Connect(ctx context.Context, config *rest.Config, log *slog.Logger) (*Cluster, error) {
	config = rest.CopyConfig(config)
	config.UserAgent = Owner
	// Kinds of real releases carry fields and deprecations that are not the sandbox's to complain about.
	config.WarningHandler = rest.NoWarnings{}
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", config.Host, err)
	}
	c, err := client.NewWithWatch(config, client.Options{Scheme: scheme.Scheme, HTTPClient: httpClient})
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", config.Host, err)
	}
	cluster := &Cluster{WithWatch: c, REST: config, Log: log, served: newServed(config.Host, httpClient)}
	go cluster.served.follow(ctx)
	return cluster, nil
}
