package controlplane

import (
	"context"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// ClusterStatus is what a cluster looks like from outside.
type ClusterStatus struct {
	Name       string `json:"name"`
	Endpoint   string `json:"endpoint"`
	Nodes      int    `json:"nodes"`
	ReadyNodes int    `json:"readyNodes"`
	// Error says why the numbers are not known.
	Error string `json:"error,omitempty"`
}

// Registry knows the control planes that run. The zero value is empty; a nil one forgets everything.
type Registry struct {
	mu      sync.Mutex
	running []*ControlPlane
}

func (r *Registry) add(cp *ControlPlane) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = append(slices.DeleteFunc(r.running, func(o *ControlPlane) bool { return o.cfg.Name == cp.cfg.Name }), cp)
}

func (r *Registry) remove(cp *ControlPlane) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = slices.DeleteFunc(r.running, func(o *ControlPlane) bool { return o == cp })
}

// Status asks every running control plane for its nodes, all at once.
func (r *Registry) Status(ctx context.Context) []ClusterStatus {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	running := slices.Clone(r.running)
	r.mu.Unlock()
	out := make([]ClusterStatus, len(running))
	var wg sync.WaitGroup
	for i, cp := range running {
		wg.Go(func() { out[i] = cp.status(ctx) })
	}
	wg.Wait()
	slices.SortFunc(out, func(a, b ClusterStatus) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (cp *ControlPlane) status(ctx context.Context) ClusterStatus {
	st := ClusterStatus{Name: cp.cfg.Name, Endpoint: cp.cfg.Endpoint}
	client, err := kubernetes.NewForConfig(cp.RESTConfig())
	if err != nil {
		st.Error = err.Error()
		return st
	}
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{ResourceVersion: "0"})
	if err != nil {
		st.Error = err.Error()
		return st
	}
	st.Nodes = len(nodes.Items)
	for _, node := range nodes.Items {
		for _, condition := range node.Status.Conditions {
			if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
				st.ReadyNodes++
			}
		}
	}
	return st
}
