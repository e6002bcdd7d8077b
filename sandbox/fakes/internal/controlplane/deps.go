// Package controlplane runs real Kubernetes control planes: etcd, kube-apiserver, kube-controller-manager and
// kube-scheduler as supervised processes, and kwok in the place of kubelets.
//
// It serves the management cluster, whose material comes from the configuration of the simulated machines, and tenant
// clusters alike.
package controlplane

import (
	"fmt"
	"log/slog"

	"firmament.example/sandbox/fakes/internal/ports"
	"firmament.example/sandbox/fakes/internal/process"
)

// Deps is what control planes are made with.
type Deps struct {
	Supervisor *process.Supervisor
	Ports      *ports.Allocator
	// Tools are paths of executables: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok.
	Tools map[string]string
	Log   *slog.Logger
	// Processes is a pattern of images of the management cluster whose containers are processes; empty: none.
	Processes string
	// Clusters learns of every control plane that is started or stopped; may be nil.
	Clusters *Registry
}

// Tool is the path of an executable, or an error that says which one is not configured.
func (d Deps) Tool(name string) (string, error) {
	if path := d.Tools[name]; path != "" {
		return path, nil
	}
	return "", fmt.Errorf("tool %s: no path given — the sandbox needs it; add it to \"tools\" in daemon.json", name)
}

// CertKey is a certificate authority as PEM texts.
type CertKey struct {
	Cert, Key []byte
}
