package controlplane

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/ports"
	"firmament.example/sandbox/fakes/internal/process"
)

// Runs real programs of the directory SANDBOX_TOOLS; skipped without it.
func TestANodeWhoseGuestIsOffIsUnknownUntilItIsBack(t *testing.T) {
	tools := os.Getenv("SANDBOX_TOOLS")
	if tools == "" {
		t.Skip("SANDBOX_TOOLS is not set")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	nodes := startCluster(ctx, t, tools).CoreV1().Nodes()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "w", Annotations: map[string]string{CNIAnnotation: "ready"}}}
	if _, err := nodes.Create(ctx, node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	unreachable := func(live *corev1.Node) bool {
		for _, taint := range live.Spec.Taints {
			if taint.Key == corev1.TaintNodeUnreachable {
				return true
			}
		}
		return false
	}
	for _, step := range []struct {
		power string
		want  corev1.ConditionStatus
	}{{"null", corev1.ConditionTrue}, {fmt.Sprintf("%q", PowerOff), corev1.ConditionUnknown}, {"null", corev1.ConditionTrue}} {
		patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%s}}}`, PowerAnnotation, step.power)
		if _, err := nodes.Patch(ctx, "w", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
		// the taint is what makes pods leave; the node lifecycle controller puts it there
		for {
			live, err := nodes.Get(ctx, "w", metav1.GetOptions{})
			if err != nil {
				t.Fatalf("power %s: %v", step.power, err)
			}
			if ready(live) == step.want && unreachable(live) == (step.want == corev1.ConditionUnknown) {
				break
			}
			select {
			case <-ctx.Done():
				t.Fatalf("power %s: Ready is %s, taints %v; want %s", step.power, ready(live), live.Spec.Taints, step.want)
			case <-time.After(200 * time.Millisecond):
			}
		}
	}
}

// Runs real programs of the directory SANDBOX_TOOLS; skipped without it.
func TestAPodWhoseContainerIsAProcessIsReadyWhenSomebodySaysSo(t *testing.T) {
	tools := os.Getenv("SANDBOX_TOOLS")
	if tools == "" {
		t.Skip("SANDBOX_TOOLS is not set")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	client := startCluster(ctx, t, tools)
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "w", Annotations: map[string]string{CNIAnnotation: "ready"}}}
	if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	// admission refuses pods until the controller manager has made the namespace's account
	for _, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{}); err != nil; {
		time.Sleep(100 * time.Millisecond)
		if _, err = client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{}); ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	no := false
	for image, want := range map[string]corev1.ConditionStatus{
		"registry.example/example/agent:v1": corev1.ConditionFalse, "registry.example/example/agent-2:v1": corev1.ConditionTrue,
	} {
		pods := client.CoreV1().Pods("default")
		pod, err := pods.Create(ctx, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{GenerateName: "p-"},
			Spec: corev1.PodSpec{
				NodeName: "w", AutomountServiceAccountToken: &no, Containers: []corev1.Container{{Name: "c", Image: image}},
				Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
			},
		}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for pod.Status.Phase != corev1.PodRunning {
			select {
			case <-ctx.Done():
				t.Fatalf("%s never runs: %+v", image, pod.Status)
			case <-time.After(100 * time.Millisecond):
			}
			if pod, err = pods.Get(ctx, pod.Name, metav1.GetOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status != want {
				t.Errorf("%s: Ready is %s, want %s", image, condition.Status, want)
			}
		}
		if got := pod.Status.ContainerStatuses[0].Ready; got != (want == corev1.ConditionTrue) {
			t.Errorf("%s: its container is ready: %v", image, got)
		}
	}
}

func ready(node *corev1.Node) corev1.ConditionStatus {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status
		}
	}
	return ""
}

// startCluster starts a control plane with kwok.
func startCluster(ctx context.Context, t *testing.T, tools string) kubernetes.Interface {
	t.Helper()
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	supervisor, err := process.New(dir, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(supervisor.StopAll)
	allocator, err := ports.Open(dir, 31000, 31999)
	if err != nil {
		t.Fatal(err)
	}
	deps := Deps{Supervisor: supervisor, Ports: allocator, Log: log, Tools: map[string]string{}}
	for _, tool := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kwok"} {
		deps.Tools[tool] = filepath.Join(tools, tool)
	}
	authority, err := pki.NewCA("kwok")
	if err != nil {
		t.Fatal(err)
	}
	ca := CertKey{Cert: authority.CertPEM, Key: authority.KeyPEM}
	etcd, err := StartEtcd(ctx, deps, EtcdConfig{Name: "etcd", Dir: filepath.Join(dir, "etcd"), CA: ca})
	if err != nil {
		t.Fatal(err)
	}
	port, err := allocator.Port("api")
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := Start(ctx, deps, Config{
		Name: "api", Dir: filepath.Join(dir, "api"), Host: "127.0.0.1", Port: port, CA: ca, Etcd: etcd.Client,
		ServiceCIDRs: []string{"10.96.0.0/16"},
	})
	if err != nil {
		t.Fatal(err)
	}
	kwok, err := StartKwok(ctx, deps, cluster.KubeconfigFile(), "api", `(^|/)example/agent(:|@|$)`)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kwok.Leave)
	client, err := kubernetes.NewForConfig(cluster.RESTConfig())
	if err != nil {
		t.Fatal(err)
	}
	return client
}
