package talos

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cosi-project/runtime/pkg/safe"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/process"
)

// newAPIServer starts a real API server for machines that run, and nothing that follows them by itself.
func newAPIServer(t *testing.T, b *bench, of string) *runner {
	t.Helper()
	dir := os.Getenv("SANDBOX_TOOLS")
	if dir == "" {
		t.Skip("SANDBOX_TOOLS: not set; name a directory with etcd, kube-apiserver and kube-controller-manager")
	}
	paths := map[string]string{}
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		paths[name] = filepath.Join(dir, name)
	}
	supervisor, err := process.New(b.opts.StateDir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(supervisor.StopAll)
	deps := controlplane.Deps{Supervisor: supervisor, Ports: b.opts.Ports, Tools: paths, Log: quiet, Clusters: &controlplane.Registry{}}
	want, err := desire(b.machine(of).snapshot().config)
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{fleet: b.fleet, name: "test", dir: t.TempDir()}
	if r.etcd, err = controlplane.StartEtcd(t.Context(), deps, controlplane.EtcdConfig{Name: "etcd", Dir: filepath.Join(r.dir, "etcd"), CA: want.EtcdCA}); err != nil {
		t.Fatal(err)
	}
	config := want.Config
	config.Name, config.Dir, config.Etcd = "test", filepath.Join(r.dir, "kubernetes"), r.etcd.Client
	if r.cp, err = controlplane.Start(t.Context(), deps, config); err != nil {
		t.Fatal(err)
	}
	return r
}

func (b *bench) console(name string) string {
	b.t.Helper()
	stream, err := b.admin(name).Dmesg(b.ctx(), false, false)
	if err != nil {
		b.t.Fatal(err)
	}
	var text strings.Builder
	for {
		data, err := stream.Recv()
		if err == io.EOF { //nolint:errorlint
			return text.String()
		}
		if err != nil {
			b.t.Fatal(err)
		}
		text.Write(data.GetBytes())
	}
}

func TestAWorkerMaySetFewerLabelsThanAControlPlane(t *testing.T) {
	b := newBench(t, "cp-1", "worker-1")
	b.controlPlanes("cp-1")
	configure := func(patch string) {
		t.Helper()
		for name, kind := range map[string]machinetype.Type{"cp-1": machinetype.TypeControlPlane, "worker-1": machinetype.TypeWorker} {
			c := b.admin(name)
			if b.machine(name).Stage() == StageMaintenance {
				c = b.insecure(name)
			}
			b.apply(c, b.config(name, kind, patch), auto)
			b.awaitStage(name, StageRunning)
		}
	}
	b.awaitStage("worker-1", StageMaintenance)
	configure("machine: {nodeLabels: {example.com/rack: r1}}")
	r := newAPIServer(t, b, "cp-1")
	admin, err := r.client()
	if err != nil {
		t.Fatal(err)
	}
	node := func(name string) *corev1.Node {
		t.Helper()
		cluster := b.machine("cp-1").snapshot().config
		for range 2 {
			if err := r.registerNodes(t.Context(), cluster); err != nil {
				t.Fatal(err)
			}
		}
		found, err := admin.CoreV1().Nodes().Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if _, err := kubernetesOf(t, r, "worker-1").CoreV1().Nodes().Get(t.Context(), "cp-1", metav1.GetOptions{}); err == nil {
		t.Fatal("the kubelet of one node reads another")
	}
	for _, name := range []string{"cp-1", "worker-1"} {
		if node(name).Labels["example.com/rack"] != "r1" {
			t.Errorf("%s: %v", name, node(name).Labels)
		}
	}

	// One label too many takes the others of the update with it.
	configure("machine: {nodeLabels: {example.com/rack: r2, node-role.kubernetes.io/storage: ''}}")
	if labels := node("cp-1").Labels; labels["example.com/rack"] != "r2" || !has(labels, "node-role.kubernetes.io/storage") {
		t.Errorf("cp-1: %v", labels)
	}
	before := node("worker-1").Labels
	if before["example.com/rack"] != "r1" || has(before, "node-role.kubernetes.io/storage") {
		t.Errorf("worker-1: %v", before)
	}
	if text := b.console("worker-1"); !strings.Contains(text, "k8s.NodeApplyController") || !strings.Contains(text, "is not allowed to modify labels") {
		t.Errorf("console: %s", text)
	}
	status, err := safe.StateGetByID[*k8s.NodeStatus](b.ctx(), b.admin("worker-1").COSI, "worker-1")
	if err != nil || !maps.Equal(status.TypedSpec().Labels, before) {
		t.Errorf("node status: %v %v", status, err)
	}

	// Taints are not a kubelet's to change either.
	configure("machine: {nodeLabels: {example.com/rack: r3}, nodeTaints: {example.com/only: 'yes:NoSchedule'}}")
	if len(node("cp-1").Spec.Taints) != 3 || node("worker-1").Labels["example.com/rack"] != "r1" {
		t.Errorf("cp-1: %v, worker-1: %v", node("cp-1").Spec.Taints, node("worker-1").Labels)
	}
	configure("machine: {nodeLabels: {example.com/rack: r4}}")
	if node("worker-1").Labels["example.com/rack"] != "r4" || has(node("cp-1").Labels, "node-role.kubernetes.io/storage") {
		t.Errorf("cp-1: %v, worker-1: %v", node("cp-1").Labels, node("worker-1").Labels)
	}
}

func has(labels map[string]string, key string) bool {
	_, ok := labels[key]
	return ok
}

func kubernetesOf(t *testing.T, r *runner, node string) kubernetes.Interface {
	t.Helper()
	client, err := r.kubelet(node)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestWhatOthersPutOnANodeStays(t *testing.T) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"theirs": "a", "shared": "theirs"}}}
	applied{labels: map[string]string{"mine": "1", "shared": "mine"}, annotations: map[string]string{"note": "x"}}.to(node)
	if node.Labels["mine"] != "1" || node.Labels["shared"] != "theirs" || node.Annotations["note"] != "x" {
		t.Fatalf("%v %v", node.Labels, node.Annotations)
	}
	applied{labels: map[string]string{"mine": "2"}}.to(node)
	if node.Labels["mine"] != "2" || has(node.Annotations, "note") {
		t.Fatalf("%v %v", node.Labels, node.Annotations)
	}
	applied{}.to(node)
	if has(node.Labels, "mine") || node.Labels["theirs"] != "a" || node.Labels["shared"] != "theirs" || len(node.Annotations) != 0 {
		t.Fatalf("%v %v", node.Labels, node.Annotations)
	}
}
