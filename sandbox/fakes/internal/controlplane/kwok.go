package controlplane

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"firmament.example/sandbox/fakes/internal/probe"
	"firmament.example/sandbox/fakes/internal/process"
)

// Annotations of nodes that the stages of kwok understand.
const (
	// CNIAnnotation with the value "ready" lets a node become Ready.
	CNIAnnotation = "sandbox.firmament.example/cni"
	// KubeletVersionAnnotation is what the node reports as its kubelet's version, such as v1.34.4.
	KubeletVersionAnnotation = "sandbox.firmament.example/kubelet-version"
	// PowerAnnotation with the value PowerOff lets a node become Unknown: its kubelet no longer reports.
	PowerAnnotation = "sandbox.firmament.example/power"
	PowerOff        = "off"
)

//go:embed stages.yaml
var stages []byte

// Kwok plays all kubelets of one cluster.
type Kwok struct {
	name   string
	deps   Deps
	cancel context.CancelFunc
	done   chan struct{}
}

// StartKwok starts kwok for a cluster, and controllers beside it: they let nodes become Ready once a pod labelled
// k8s-app=cilium runs on them, and play what kubelets do for volumes. kubeconfig is a file with an administrator's access, processes a pattern of the images
// whose containers somebody else reports on; empty: none.
func StartKwok(ctx context.Context, deps Deps, kubeconfig, name, processes string) (*Kwok, error) {
	path, err := deps.Tool("kwok")
	if err != nil {
		return nil, err
	}
	unit := name + "-kwok"
	port, err := deps.Ports.Port(unit)
	if err != nil {
		return nil, err
	}
	files := fileSet{dir: filepath.Dir(kubeconfig)}
	if processes == "" {
		processes = "^$"
	}
	config := files.write("kwok-stages.yaml", bytes.ReplaceAll(stages, []byte("@PROCESSES@"), []byte(processes)))
	if files.err != nil {
		return nil, fmt.Errorf("kwok %s: %w", name, files.err)
	}
	rest, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("kwok %s: %w", name, err)
	}
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		return nil, fmt.Errorf("kwok %s: %w", name, err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	if err := deps.Supervisor.Start(ctx, process.Spec{
		Name: unit, Path: path, Dir: files.dir, Restart: true,
		Args: []string{
			"--kubeconfig=" + kubeconfig, "--config=" + config, "--manage-all-nodes=true",
			"--node-lease-duration-seconds=40", "--server-address=" + address,
		},
		Ready: func(ctx context.Context) error {
			return probe.OK(ctx, http.DefaultClient, "http://"+address+"/healthz")
		},
	}); err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.Background())
	k := &Kwok{name: unit, deps: deps, cancel: cancel, done: make(chan struct{})}
	log := deps.Log.With("cluster", name)
	var followers sync.WaitGroup
	followers.Go(func() { followNetworkPods(running, client, log) })
	followers.Go(func() { followVolumes(running, client, log) })
	go func() {
		defer close(k.done)
		followers.Wait()
	}()
	return k, nil
}

// Leave ends what runs in the daemon itself; the process is left to the supervisor.
func (k *Kwok) Leave() {
	k.cancel()
	<-k.done
}

// Stop ends kwok; nodes and pods keep the status they had.
func (k *Kwok) Stop() error {
	k.Leave()
	return k.deps.Supervisor.Stop(k.name)
}

// Delete ends kwok and gives its port back.
func (k *Kwok) Delete() error {
	if err := k.Stop(); err != nil {
		return err
	}
	return k.deps.Ports.Release(k.name)
}
