package talos

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"github.com/siderolabs/talos/pkg/machinery/role"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/ports"
	"firmament.example/sandbox/fakes/internal/process"
)

// tools are the executables of a real control plane, out of the directory SANDBOX_TOOLS.
func tools(t *testing.T) map[string]string {
	t.Helper()
	dir := os.Getenv("SANDBOX_TOOLS")
	if dir == "" {
		t.Skip("SANDBOX_TOOLS: not set; name a directory with etcd, etcdutl, kube-apiserver, kube-controller-manager, kube-scheduler and kwok")
	}
	out := map[string]string{}
	for _, name := range []string{"etcd", "etcdutl", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"} {
		out[name] = filepath.Join(dir, name)
		if _, err := os.Stat(out[name]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// newCloud is a bench whose machines start real control planes.
func newCloud(t *testing.T, machines ...string) *bench {
	t.Helper()
	paths := tools(t)
	from, to := freeRange(t, 60)
	b := &bench{t: t, opts: Options{StateDir: t.TempDir(), Machines: machines, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}}
	supervisor, err := process.New(b.opts.StateDir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(supervisor.StopAll)
	if b.opts.Ports, err = ports.Open(b.opts.StateDir, from, to); err != nil {
		t.Fatal(err)
	}
	b.opts.ControlPlane = controlplane.Deps{
		Supervisor: supervisor, Ports: b.opts.Ports, Tools: paths, Log: quiet, Clusters: &controlplane.Registry{},
	}
	host := b.opts.Ports.Address(EndpointAddress)
	port, err := b.opts.Ports.PortOn(host, "endpoint")
	if err != nil {
		t.Fatal(err)
	}
	b.endpoint = "https://" + host + ":" + strconv.Itoa(port)
	b.newSecrets()
	b.start()
	return b
}

// bootstrapped starts etcd on cp-1, which is configured, and gives access to the API server that follows.
func (b *bench) bootstrapped() kubernetes.Interface {
	b.t.Helper()
	b.awaitStage("cp-1", StageBooting)
	if err := b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		b.t.Fatal(err)
	}
	kubeconfig, err := b.admin("cp-1").Kubeconfig(b.ctx())
	if err != nil {
		b.t.Fatal(err)
	}
	return b.kubernetes(kubeconfig)
}

func (b *bench) kubernetes(kubeconfig []byte) kubernetes.Interface {
	b.t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		b.t.Fatal(err)
	}
	config.Timeout = 5 * time.Second
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		b.t.Fatal(err)
	}
	return client
}

func ready(nodes []corev1.Node) int {
	count := 0
	for _, node := range nodes {
		for _, c := range node.Status.Conditions {
			if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
				count++
			}
		}
	}
	return count
}

const noCNI = "cluster: {network: {cni: {name: none}}, proxy: {disabled: true}}"

func TestFiveMachinesFormACluster(t *testing.T) {
	kinds := map[string]machinetype.Type{
		"cp-1": machinetype.TypeControlPlane, "cp-2": machinetype.TypeControlPlane, "cp-3": machinetype.TypeControlPlane,
		"worker-1": machinetype.TypeWorker, "worker-2": machinetype.TypeWorker,
	}
	b := newCloud(t, "cp-1", "cp-2", "cp-3", "worker-1", "worker-2")
	for name, kind := range kinds {
		b.awaitStage(name, StageMaintenance)
		b.apply(b.insecure(name), b.config(name, kind, noCNI, "machine: {nodeLabels: {example.com/rack: r1}}"), auto)
	}
	client := b.bootstrapped()
	var nodes []corev1.Node
	list := func() []corev1.Node {
		found, err := client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
		if err != nil {
			return nil
		}
		return found.Items
	}
	b.awaitFor(2*time.Minute, "five nodes that say they are not ready", func() bool {
		nodes = list()
		said := 0
		for _, node := range nodes {
			for _, c := range node.Status.Conditions {
				if c.Type == corev1.NodeReady && c.Status == corev1.ConditionFalse && node.Spec.PodCIDR != "" {
					said++
				}
			}
		}
		return said == 5
	})
	for _, node := range nodes {
		m := b.machine(node.Name)
		if node.Status.Addresses[0].Address != m.Address || node.Status.NodeInfo.KubeletVersion != "v1.34.4" || node.Labels["example.com/rack"] != "r1" {
			t.Errorf("node %s: %+v", node.Name, node.Status)
		}
		if _, control := node.Labels[controlPlaneLabel]; control != strings.HasPrefix(node.Name, "cp") {
			t.Errorf("node %s: labels %v", node.Name, node.Labels)
		}
	}

	b.awaitFor(time.Minute, "the static pods of three control planes", func() bool {
		pods, err := client.CoreV1().Pods("kube-system").List(t.Context(), metav1.ListOptions{LabelSelector: "tier=control-plane", FieldSelector: "status.phase=Running"})
		return err == nil && len(pods.Items) == 9
	})
	b.awaitFor(time.Minute, "their status on the machine", func() bool {
		found, err := safe.StateListAll[*k8s.StaticPodStatus](b.ctx(), b.admin("cp-2").COSI)
		return err == nil && found.Len() == 3 && found.Get(0).TypedSpec().PodStatus["phase"] == "Running"
	})

	// The network of a node comes with the pod that brings it.
	if _, err := client.AppsV1().DaemonSets("kube-system").Create(t.Context(), cilium(), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	b.awaitFor(time.Minute, "five ready nodes", func() bool { return ready(list()) == 5 })

	// Pods run, and those of Jobs complete.
	if _, err := client.BatchV1().Jobs("default").Create(t.Context(), job(), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	b.awaitFor(time.Minute, "a complete job", func() bool {
		found, err := client.BatchV1().Jobs("default").Get(t.Context(), "work", metav1.GetOptions{})
		return err == nil && found.Status.Succeeded == 1 && found.Status.CompletionTime != nil
	})

	// A configuration change that takes no reboot reaches the node.
	b.apply(b.admin("worker-1"), b.config("worker-1", machinetype.TypeWorker, noCNI, "machine: {nodeLabels: {example.com/rack: r2}}"), auto)
	b.awaitFor(time.Minute, "the new label", func() bool {
		node, err := client.CoreV1().Nodes().Get(t.Context(), "worker-1", metav1.GetOptions{})
		return err == nil && node.Labels["example.com/rack"] == "r2"
	})

	// The real etcd gives its database.
	reader, err := b.as("cp-2", role.EtcdBackup).EtcdSnapshot(b.ctx(), &machine.EtcdSnapshotRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if snapshot, err := io.ReadAll(reader); err != nil || len(snapshot) < 1<<16 || !bytes.Contains(snapshot, []byte("/registry/")) {
		t.Fatalf("snapshot of %d bytes: %v", len(snapshot), err)
	}

	// A daemon that is started again continues with the same data.
	b.fleet.Stop()
	b.opts.ControlPlane.Supervisor.StopAll()
	supervisor, err := process.New(b.opts.StateDir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(supervisor.StopAll)
	b.opts.ControlPlane.Supervisor = supervisor
	b.start()
	b.awaitFor(2*time.Minute, "five ready nodes again", func() bool { return ready(list()) == 5 })

	// A majority of members keeps etcd and the API server up, and less does not.
	b.power(false, "cp-1")
	for range 10 {
		if len(list()) != 5 {
			t.Fatal("two of three members are a majority")
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.power(false, "cp-2")
	b.awaitFor(time.Minute, "the API server goes with the majority", func() bool { return list() == nil })
	b.power(true, "cp-1")
	b.awaitFor(2*time.Minute, "the API server is back with the majority", func() bool { return len(list()) == 5 })
	b.power(true, "cp-2")
	b.awaitStage("cp-2", StageRunning)

	// A static pod follows its configuration a while later, and only on its own machine.
	b.apply(b.admin("cp-3"), b.config("cp-3", machinetype.TypeControlPlane, noCNI, "cluster: {apiServer: {image: registry.k8s.io/kube-apiserver:v1.34.5}}"), auto)
	image := func(machine string) string {
		pod, err := client.CoreV1().Pods(metav1.NamespaceSystem).Get(t.Context(), "kube-apiserver-"+machine, metav1.GetOptions{})
		if err != nil {
			return ""
		}
		return pod.Spec.Containers[0].Image
	}
	b.awaitFor(time.Minute, "the API server's pod of cp-3 is new", func() bool { return strings.HasSuffix(image("cp-3"), ":v1.34.5") })
	if !strings.HasSuffix(image("cp-2"), ":v1.34.4") {
		t.Fatalf("the API server's pod of cp-2: %s", image("cp-2"))
	}

	// A node shows the version of the kubelet that its machine runs.
	b.apply(b.admin("worker-1"), b.config("worker-1", machinetype.TypeWorker, noCNI, "machine: {kubelet: {image: ghcr.io/siderolabs/kubelet:v1.34.5}}"), auto)
	b.awaitFor(time.Minute, "the kubelet of worker-1 is new", func() bool {
		node, err := client.CoreV1().Nodes().Get(t.Context(), "worker-1", metav1.GetOptions{})
		return err == nil && node.Status.NodeInfo.KubeletVersion == "v1.34.5"
	})

	// Another cluster CA makes the old kubeconfig useless and a new one work.
	renewed, err := secrets.NewBundle(secrets.NewFixedClock(time.Now()), config.TalosVersion1_13)
	if err != nil {
		t.Fatal(err)
	}
	changed := *b.bundle
	certs := *b.bundle.Certs
	certs.K8s = renewed.Certs.K8s
	changed.Certs = &certs
	b.useSecrets(&changed)
	for name, kind := range kinds {
		b.awaitFor(time.Minute, name+" is up", func() bool { return b.machine(name).snapshot().up() })
		b.apply(b.admin(name), b.config(name, kind, noCNI), auto)
	}
	fresh, err := b.admin("cp-1").Kubeconfig(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	renewedClient := b.kubernetes(fresh)
	b.awaitFor(2*time.Minute, "the API server with the new CA", func() bool {
		_, err := renewedClient.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
		return err == nil
	})
	if _, err := client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{}); err == nil || !strings.Contains(err.Error(), "x509") {
		t.Fatalf("the old kubeconfig: %v", err)
	}

	// When all its data is wiped a cluster is gone, with its processes.
	for name := range kinds {
		if err := b.admin(name).Reset(b.ctx(), false, true); err != nil {
			t.Fatal(err)
		}
	}
	b.awaitFor(time.Minute, "no process is left", func() bool { return len(supervisor.List()) == 0 })
	b.await("no data is left", func() bool {
		left, err := filepath.Glob(filepath.Join(b.opts.StateDir, "clusters", "*"))
		return err == nil && len(left) == 0
	})
}

func TestEtcdIsRecoveredFromASnapshot(t *testing.T) {
	b := newCloud(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane, noCNI), auto)
	maps := b.bootstrapped().CoreV1().ConfigMaps("default")
	create := func(name string) {
		t.Helper()
		b.awaitFor(2*time.Minute, name+" is made", func() bool {
			_, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
			return err == nil
		})
	}
	create("before")
	reader, err := b.admin("cp-1").EtcdSnapshot(b.ctx(), &machine.EtcdSnapshotRequest{})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	create("after")
	if _, err := b.admin("cp-1").ResetGenericWithResponse(b.ctx(), &machine.ResetRequest{
		Reboot: true, SystemPartitionsToWipe: []*machine.ResetPartitionSpec{{Label: "EPHEMERAL", Wipe: true}},
	}); err != nil {
		t.Fatal(err)
	}
	b.await("it is wiped", func() bool { return b.machine("cp-1").snapshot().kept.Member == 0 })
	b.awaitStage("cp-1", StageBooting)

	// A snapshot that was damaged on its way is no etcd, and the right one can still follow.
	damaged := bytes.Clone(snapshot)
	damaged[len(damaged)/2]++
	recover := &machine.BootstrapRequest{RecoverEtcd: true}
	if _, err := b.admin("cp-1").EtcdRecover(b.ctx(), bytes.NewReader(damaged)); err != nil {
		t.Fatal(err)
	}
	if err := b.admin("cp-1").Bootstrap(b.ctx(), recover); err != nil {
		t.Fatal(err)
	}
	if state := b.serviceState("cp-1", "etcd"); !strings.Contains(state, "Failed: Failed to run pre stage: error recovering") {
		t.Fatalf("etcd: %s", state)
	}
	if _, err := b.admin("cp-1").EtcdRecover(b.ctx(), bytes.NewReader(snapshot)); err != nil {
		t.Fatal(err)
	}
	if err := b.admin("cp-1").Bootstrap(b.ctx(), recover); err != nil {
		t.Fatal(err)
	}
	b.awaitFor(2*time.Minute, "the API server is back", func() bool {
		_, err := maps.Get(t.Context(), "before", metav1.GetOptions{})
		return err == nil
	})
	if _, err := maps.Get(t.Context(), "after", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Fatalf("what came after the snapshot: %v", err)
	}
	if _, err := os.Stat(b.machine("cp-1").snapshotFile()); !os.IsNotExist(err) {
		t.Fatal("the snapshot stays on the machine")
	}
}

func TestInlineManifestsAreApplied(t *testing.T) {
	b := newCloud(t, "cp-1")
	b.awaitStage("cp-1", StageMaintenance)
	manifest := "cluster:\n  inlineManifests:\n    - name: greeting\n      contents: |\n        apiVersion: v1\n        kind: ConfigMap\n        metadata: {name: greeting, namespace: kube-system}\n        data: {hello: world}\n"
	b.apply(b.insecure("cp-1"), b.config("cp-1", machinetype.TypeControlPlane, noCNI, manifest), auto)
	b.awaitStage("cp-1", StageBooting)
	hooked := make(chan Cluster, 1)
	b.fleet.opts.OnReady = func(ctx context.Context, c Cluster) error {
		hooked <- c
		<-ctx.Done()
		return nil
	}
	if err := b.admin("cp-1").Bootstrap(b.ctx(), &machine.BootstrapRequest{}); err != nil {
		t.Fatal(err)
	}
	select {
	case c := <-hooked:
		client, err := kubernetes.NewForConfig(c.REST)
		if err != nil {
			t.Fatal(err)
		}
		found, err := client.CoreV1().ConfigMaps("kube-system").Get(t.Context(), "greeting", metav1.GetOptions{})
		if err != nil || found.Data["hello"] != "world" {
			t.Fatalf("manifest: %v %v", found, err)
		}
		if _, err := clientcmd.LoadFromFile(c.KubeconfigFile); err != nil {
			t.Fatal(err)
		}
	case <-time.After(2 * time.Minute):
		t.Fatalf("no cluster: %v", b.fleet.Problems())
	}
}

// cilium is an agent on every node, like the real one on the network of the host.
func cilium() *appsv1.DaemonSet {
	labels := map[string]string{"k8s-app": "cilium"}
	return &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Name: "cilium"},
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					HostNetwork: true, Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
					Containers: []corev1.Container{{Name: "cilium-agent", Image: "cilium"}},
				},
			},
		},
	}
}

func job() *batchv1.Job {
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "work"},
		Spec: batchv1.JobSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: "work", Image: "work"}},
		}}},
	}
}
