// Package fakes runs the controllers that replace what a sandbox cannot have: the Cluster API operator, Kamaji,
// KubeVirt with CDI, and the controllers of platform components.
package fakes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/atomicfile"
	"firmament.example/sandbox/fakes/internal/bundle"
	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/kamaji"
	"firmament.example/sandbox/fakes/internal/kubevirt"
	"firmament.example/sandbox/fakes/internal/operator"
	"firmament.example/sandbox/fakes/internal/platform"
	"firmament.example/sandbox/fakes/internal/reconcile"
	"firmament.example/sandbox/fakes/internal/table"
	"firmament.example/sandbox/fakes/internal/workloads"
)

// Deps is what the fakes work with.
type Deps struct {
	controlplane.Deps
	// Management is an administrator's access to the management cluster, with certificates as data.
	Management *rest.Config
	// StateDir is the sandbox's state directory; the fakes keep everything in <StateDir>/fakes.
	StateDir string
	// Bundle is the directory of the CRD bundle.
	Bundle string
	// Kinds whose objects get a status as soon as they exist.
	Kinds []table.Kind
	// Providers that the fake of Cluster API's operator can install.
	Providers []operator.Provider
}

// Run runs the controllers until ctx is done, then stops the processes they started. Everything they know is in the
// management cluster and in the state directory, so that running again continues.
func Run(ctx context.Context, deps Deps) error {
	dir := filepath.Join(deps.StateDir, "fakes")
	// where a sandbox that an older build made has them
	if err := os.Rename(filepath.Join(deps.StateDir, "doubles"), dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("fakes: %w", err)
	}
	cluster, err := reconcile.Connect(ctx, deps.Management, deps.Log.With("cluster", "management"))
	if err != nil {
		return fmt.Errorf("fakes: %w", err)
	}
	if err := forgetOthers(ctx, cluster, dir); err != nil {
		return fmt.Errorf("fakes: %w", err)
	}
	kubeconfig := filepath.Join(dir, "management.kubeconfig")
	if err := writeKubeconfig(kubeconfig, deps.Management); err != nil {
		return fmt.Errorf("fakes: %w", err)
	}
	crds := bundle.Dir(deps.Bundle)
	managers := &operator.Fake{Cluster: cluster, Deps: deps.Deps, Bundle: crds, Dir: filepath.Join(dir, "managers"), Kubeconfig: kubeconfig, Providers: deps.Providers}
	tenants := &kamaji.Fake{Cluster: cluster, Deps: deps.Deps, Dir: filepath.Join(dir, "kamaji")}
	// not deep: paths of sockets are below it, and short
	pods := &workloads.Runner{
		Cluster: cluster, Deps: deps.Deps, Dir: filepath.Join(deps.StateDir, "pods"), Programs: workloads.Available(workloads.Programs, deps.Tools),
	}
	if err := pods.Forget(); err != nil {
		return fmt.Errorf("fakes: %w", err)
	}
	var controllers []reconcile.Controller
	for _, fake := range []interface{ Controllers() []reconcile.Controller }{
		managers, tenants, &kubevirt.Fake{Cluster: cluster, Deps: deps.Deps, Dir: filepath.Join(dir, "disks")}, &platform.Fake{Cluster: cluster},
		&table.Fake{Cluster: cluster, Bundle: crds, Kinds: deps.Kinds}, pods,
	} {
		controllers = append(controllers, fake.Controllers()...)
	}
	cluster.Run(ctx, controllers...)
	return errors.Join(pods.Stop(), managers.Stop(), tenants.Stop())
}

// forgetOthers removes what was kept for another management cluster, one that was torn down without deleting its
// tenants: their data must not meet new tenants of the same names.
func forgetOthers(ctx context.Context, cluster *reconcile.Cluster, dir string) error {
	var id string
	for id == "" {
		var namespace corev1.Namespace
		err := cluster.Get(ctx, client.ObjectKey{Name: "kube-system"}, &namespace)
		switch {
		case err == nil:
			id = string(namespace.UID)
			continue
		case !apierrors.IsNotFound(err):
			return err
		}
		// The API server makes it a moment after it is ready.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	file := filepath.Join(dir, "cluster-id")
	known, err := os.ReadFile(file)
	if err == nil && string(known) == id {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return atomicfile.Write(file, []byte(id), 0o600)
}

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
