package talos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/kubernetes"

	"firmament.example/sandbox/fakes/internal/atomicfile"
	"firmament.example/sandbox/fakes/internal/controlplane"
)

func (r *runner) start(ctx context.Context, want *desired) error {
	if err := r.stop(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if err := atomicfile.Write(filepath.Join(r.dir, "key"), []byte(r.key), 0o600); err != nil {
		return err
	}
	deps := r.fleet.opts.ControlPlane
	etcdConfig := controlplane.EtcdConfig{Name: r.name + "-etcd", Dir: filepath.Join(r.dir, "etcd"), CA: want.EtcdCA}
	if from, ok := r.fleet.etcd.recovery(r.key); ok {
		if m, ok := r.fleet.Machine(from.Machine); ok {
			if err := controlplane.RestoreEtcd(ctx, deps, etcdConfig, m.snapshotFile(), from.SkipHash); err != nil {
				return err
			}
		}
		if err := r.fleet.etcd.recovered(r.key); err != nil {
			return err
		}
	}
	etcd, err := controlplane.StartEtcd(ctx, deps, etcdConfig)
	if err != nil {
		return err
	}
	r.etcd = etcd
	r.etcdClient.Store(&etcd.Client)
	r.etcdRuns.Store(true)
	r.fleet.notify()

	cfg := want.Config
	cfg.Name, cfg.Dir, cfg.Etcd = r.name, filepath.Join(r.dir, "kubernetes"), etcd.Client
	if r.cp, err = controlplane.Start(ctx, deps, cfg); err != nil {
		return err
	}
	if r.kwok, err = controlplane.StartKwok(ctx, deps, r.cp.KubeconfigFile(), r.name, deps.Processes); err != nil {
		return err
	}
	if err := applyManifests(ctx, r.cp.RESTConfig(), want.Manifests); err != nil {
		return err
	}
	r.current = want
	r.access.Store(r.cp.RESTConfig())
	return nil
}

// stop ends the processes; the data stays.
func (r *runner) stop() error {
	r.endHook()
	var errs []error
	if r.kwok != nil {
		errs = append(errs, r.kwok.Stop())
	}
	if r.cp != nil {
		errs = append(errs, r.cp.Stop())
	}
	if r.etcd != nil {
		errs = append(errs, r.etcd.Stop())
	}
	r.etcdRuns.Store(false)
	r.access.Store(nil)
	r.etcdClient.Store(nil)
	r.etcd, r.cp, r.kwok, r.current, r.kubelets, r.accounts = nil, nil, nil, nil, nil, false
	return errors.Join(errs...)
}

// delete ends the processes and removes everything of the cluster.
func (r *runner) delete() error {
	r.endHook()
	var errs []error
	if r.kwok != nil {
		errs = append(errs, r.kwok.Delete())
	}
	if r.cp != nil {
		errs = append(errs, r.cp.Delete())
	}
	if r.etcd != nil {
		errs = append(errs, r.etcd.Delete())
	}
	r.etcdRuns.Store(false)
	return errors.Join(append(errs, r.fleet.etcd.forget(r.key), os.RemoveAll(r.dir))...)
}

// startHook runs what shall run beside the control plane.
func (r *runner) startHook(ctx context.Context) {
	hook := r.fleet.opts.OnReady
	if hook == nil {
		return
	}
	cluster := Cluster{Name: r.name, REST: r.cp.RESTConfig(), KubeconfigFile: r.cp.KubeconfigFile(), Endpoint: r.cp.Config().Endpoint}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			err := hook(ctx, cluster)
			if err == nil || ctx.Err() != nil {
				return
			}
			r.fleet.opts.Log.Error("controllers of the sandbox ended; starting them again", "cluster", r.name, "error", err)
			if !sleep(ctx, retryDelay) {
				return
			}
		}
	}()
	r.stopHook = func() {
		cancel()
		<-done
	}
}

func (r *runner) endHook() {
	if r.stopHook != nil {
		r.stopHook()
		r.stopHook = nil
	}
}

func (r *runner) client() (kubernetes.Interface, error) {
	client, err := kubernetes.NewForConfig(r.cp.RESTConfig())
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", r.name, err)
	}
	return client, nil
}
