// Package doubles runs the controllers that stand in for what a sandbox cannot have: the Cluster API operator, Kamaji,
// KubeVirt with CDI, and the controllers of platform components.
package doubles

import (
	"context"
	"fmt"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"firmament.example/sandbox/daemon/internal/atomicfile"
	"firmament.example/sandbox/daemon/internal/bundle"
	"firmament.example/sandbox/daemon/internal/controlplane"
	"firmament.example/sandbox/daemon/internal/kamaji"
	"firmament.example/sandbox/daemon/internal/kubevirt"
	"firmament.example/sandbox/daemon/internal/operator"
	"firmament.example/sandbox/daemon/internal/platform"
	"firmament.example/sandbox/daemon/internal/reconcile"
)

// Deps is what the doubles work with.
type Deps struct {
	controlplane.Deps
	// Management is an administrator's access to the management cluster, with certificates as data.
	Management *rest.Config
	// StateDir is the sandbox's state directory; the doubles keep everything in <StateDir>/doubles.
	StateDir string
	// Bundle is the directory of the CRD bundle.
	Bundle string
}

// Doubles are the controllers while they run.
type Doubles struct {
	kamaji *kamaji.Double
	done   chan struct{}
}

// Start starts the controllers and returns at once; they end with ctx. Everything they know is in the management
// cluster and in the state directory, so that starting again continues.
func Start(ctx context.Context, deps Deps) (*Doubles, error) {
	dir := filepath.Join(deps.StateDir, "doubles")
	kubeconfig := filepath.Join(dir, "management.kubeconfig")
	if err := writeKubeconfig(kubeconfig, deps.Management); err != nil {
		return nil, fmt.Errorf("doubles: %w", err)
	}
	cluster, err := reconcile.Connect(ctx, deps.Management, deps.Log.With("cluster", "management"))
	if err != nil {
		return nil, fmt.Errorf("doubles: %w", err)
	}
	crds := bundle.Dir(deps.Bundle)
	tenants := &kamaji.Double{Cluster: cluster, Deps: deps.Deps, Dir: filepath.Join(dir, "kamaji")}
	var controllers []reconcile.Controller
	for _, double := range []interface{ Controllers() []reconcile.Controller }{
		&operator.Double{Cluster: cluster, Deps: deps.Deps, Bundle: crds, Dir: filepath.Join(dir, "managers"), Kubeconfig: kubeconfig},
		tenants,
		&kubevirt.Double{Cluster: cluster, Bundle: crds},
		&platform.Double{Cluster: cluster},
	} {
		controllers = append(controllers, double.Controllers()...)
	}
	d := &Doubles{kamaji: tenants, done: make(chan struct{})}
	go func() {
		defer close(d.done)
		cluster.Run(ctx, controllers...)
	}()
	return d, nil
}

// Wait returns when all controllers ended, which they do with the context given to Start.
func (d *Doubles) Wait() { <-d.done }

// Tenants are the tenants' control planes that serve now.
func (d *Doubles) Tenants() []kamaji.Running { return d.kamaji.Running() }

// writeKubeconfig writes the access of the managers, which are programs of their own.
func writeKubeconfig(path string, access *rest.Config) error {
	config := clientcmdapi.NewConfig()
	const name = "management"
	config.Clusters[name] = &clientcmdapi.Cluster{Server: access.Host, CertificateAuthorityData: access.CAData}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{
		ClientCertificateData: access.CertData, ClientKeyData: access.KeyData, Token: access.BearerToken,
	}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	text, err := clientcmd.Write(*config)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, text, 0o600)
}
