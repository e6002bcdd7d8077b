package fakes

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/bundle"
	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/operator"
	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/ports"
	"firmament.example/sandbox/fakes/internal/process"
	"firmament.example/sandbox/fakes/internal/reconcile"
	"firmament.example/sandbox/fakes/internal/table"
)

// These tests run real programs. SANDBOX_TOOLS is the directory of etcd, kube-apiserver and the others, SANDBOX_CRDS
// the CRD bundle, SANDBOX_TABLES a file with the fields fakes and providers of daemon.json; without them they are
// skipped.

var tools = []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "capi-core", "capi-kubeadm-bootstrap", "capk"}

// benchDir makes the test binary the daemon of a bench instead of running tests.
const benchDir = "SANDBOX_BENCH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(benchDir); dir != "" {
		if err := serve(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve runs a management cluster with the fakes until SIGTERM. It is a process of its own, so that a test can kill
// it against which there is no defence.
func serve(dir string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	supervisor, err := process.New(dir, log)
	if err != nil {
		return err
	}
	defer supervisor.StopAll()
	allocator, err := ports.Open(dir, 31000, 31999)
	if err != nil {
		return err
	}
	deps := controlplane.Deps{Supervisor: supervisor, Ports: allocator, Log: log, Tools: map[string]string{}}
	for _, tool := range tools {
		deps.Tools[tool] = filepath.Join(os.Getenv("SANDBOX_TOOLS"), tool)
	}
	ca, err := keptCA(dir)
	if err != nil {
		return err
	}
	etcd, err := controlplane.StartEtcd(ctx, deps, controlplane.EtcdConfig{Name: "mgmt-etcd", Dir: filepath.Join(dir, "etcd"), CA: ca})
	if err != nil {
		return err
	}
	port, err := allocator.Port("mgmt")
	if err != nil {
		return err
	}
	cp, err := controlplane.Start(ctx, deps, controlplane.Config{
		Name: "mgmt", Dir: filepath.Join(dir, "mgmt"), Host: "127.0.0.1", Port: port, CA: ca, Etcd: etcd.Client,
		ServiceCIDRs: []string{"10.96.0.0/16"},
	})
	if err != nil {
		return err
	}
	ready := fmt.Sprintf("%s %d", cp.KubeconfigFile(), allocator.Block())
	if err := os.WriteFile(filepath.Join(dir, "ready"), []byte(ready), 0o600); err != nil {
		return err
	}
	own := Deps{Deps: deps, Management: cp.RESTConfig(), StateDir: dir, Bundle: os.Getenv("SANDBOX_CRDS")}
	data, err := os.ReadFile(os.Getenv("SANDBOX_TABLES"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &struct {
		Fakes     *[]table.Kind        `json:"fakes"`
		Providers *[]operator.Provider `json:"providers"`
	}{&own.Kinds, &own.Providers}); err != nil {
		return err
	}
	return Run(ctx, own)
}

func keptCA(dir string) (controlplane.CertKey, error) {
	file := filepath.Join(dir, "management.pem")
	data, err := os.ReadFile(file)
	if err != nil {
		ca, err := pki.NewCA("management")
		if err != nil {
			return controlplane.CertKey{}, err
		}
		data = append(append([]byte{}, ca.CertPEM...), ca.KeyPEM...)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return controlplane.CertKey{}, err
		}
	}
	_, rest := pem.Decode(data)
	return controlplane.CertKey{Cert: data[:len(data)-len(rest)], Key: rest}, nil
}

// bench is a daemon of its own and access to its management cluster.
type bench struct {
	t       *testing.T
	dir     string
	crds    bundle.Dir
	daemon  *exec.Cmd
	cluster *reconcile.Cluster
	block   int
	close   context.CancelFunc
}

func newBench(t *testing.T) *bench {
	t.Helper()
	toolsDir, crds, tables := os.Getenv("SANDBOX_TOOLS"), os.Getenv("SANDBOX_CRDS"), os.Getenv("SANDBOX_TABLES")
	if toolsDir == "" || crds == "" || tables == "" {
		t.Skip("SANDBOX_TOOLS, SANDBOX_CRDS and SANDBOX_TABLES are not set")
	}
	for _, tool := range tools {
		if _, err := os.Stat(filepath.Join(toolsDir, tool)); err != nil {
			t.Skipf("no %s in SANDBOX_TOOLS", tool)
		}
	}
	b := &bench{t: t, dir: t.TempDir(), crds: bundle.Dir(crds)}
	t.Cleanup(func() {
		if t.Failed() {
			b.keepLogs()
		}
	})
	b.up()
	t.Cleanup(func() { b.end(syscall.SIGTERM) })
	return b
}

// up starts the daemon on the state that is there.
func (b *bench) up() {
	b.t.Helper()
	_ = os.Remove(filepath.Join(b.dir, "ready"))
	b.daemon = exec.Command(os.Args[0])
	b.daemon.Env = append(os.Environ(), benchDir+"="+b.dir)
	b.daemon.Stdout, b.daemon.Stderr = b.t.Output(), b.t.Output()
	must(b.t, b.daemon.Start())
	var ctx context.Context
	ctx, b.close = context.WithCancel(context.Background())
	b.eventually(ctx, "management API", 3*time.Minute, func() error {
		text, err := os.ReadFile(filepath.Join(b.dir, "ready"))
		if err != nil {
			return err
		}
		var kubeconfig string
		if _, err := fmt.Sscan(string(text), &kubeconfig, &b.block); err != nil {
			return err
		}
		config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
		if err != nil {
			return err
		}
		b.cluster, err = reconcile.Connect(ctx, config, slog.New(slog.NewTextHandler(b.t.Output(), nil)))
		return err
	})
}

// end ends the daemon with a signal and waits for it.
func (b *bench) end(signal syscall.Signal) {
	b.close()
	_ = b.daemon.Process.Signal(signal)
	_ = b.daemon.Wait()
}

func (b *bench) keepLogs() {
	files, _ := filepath.Glob(filepath.Join(b.dir, "logs", "*.log"))
	into := os.Getenv("SANDBOX_TEST_LOGS")
	for _, file := range files {
		data, _ := os.ReadFile(file)
		if into != "" {
			_ = os.MkdirAll(into, 0o700)
			_ = os.WriteFile(filepath.Join(into, filepath.Base(file)), data, 0o600)
		}
	}
}

// install does what charts do: it brings CRDs.
func (b *bench) install(ctx context.Context, components ...string) {
	b.t.Helper()
	for _, component := range components {
		crds, err := b.crds.CRDs(component)
		must(b.t, err)
		must(b.t, b.cluster.InstallCRDs(ctx, crds))
	}
}

func (b *bench) apply(ctx context.Context, text string) {
	b.t.Helper()
	objects, err := bundle.Parse([]byte(text))
	must(b.t, err)
	for _, object := range objects {
		b.eventually(ctx, "apply "+object.GetKind()+" "+object.GetName(), 60*time.Second, func() error { return b.cluster.Apply(ctx, object) })
	}
}

// eventually asks again until there is no error.
func (b *bench) eventually(ctx context.Context, what string, patience time.Duration, ask func() error) {
	b.t.Helper()
	began := time.Now()
	for {
		err := ask()
		if err == nil {
			b.t.Logf("%6.1fs %s", time.Since(began).Seconds(), what)
			return
		}
		if time.Since(began) > patience {
			b.t.Fatalf("%s: not after %s: %v", what, patience, err)
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("%s: %v: %v", what, ctx.Err(), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (b *bench) condition(ctx context.Context, apiVersion, kind, namespace, name, condition string) func() error {
	return func() error {
		object, err := b.cluster.Find(ctx, schema.FromAPIVersionAndKind(apiVersion, kind), types.NamespacedName{Namespace: namespace, Name: name})
		switch {
		case err != nil:
			return err
		case object == nil:
			return fmt.Errorf("%s %s does not exist", kind, name)
		case !reconcile.HasCondition(object, condition):
			return fmt.Errorf("%s %s is not %s: %v", kind, name, condition, object.Object["status"])
		}
		return nil
	}
}

func (b *bench) gone(ctx context.Context, apiVersion, kind, namespace, name string) func() error {
	return func() error {
		object, err := b.cluster.Find(ctx, schema.FromAPIVersionAndKind(apiVersion, kind), types.NamespacedName{Namespace: namespace, Name: name})
		if err == nil && object != nil {
			return fmt.Errorf("%s %s/%s still exists: finalizers %v", kind, namespace, name, object.GetFinalizers())
		}
		return err
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tenantClient is access as the owner of the tenant has it.
func (b *bench) tenantClient(ctx context.Context, name string) (client.Client, []byte) {
	b.t.Helper()
	var secret corev1.Secret
	must(b.t, b.cluster.Get(ctx, types.NamespacedName{Namespace: "tenant-" + name, Name: name + "-kubeconfig"}, &secret))
	config, err := clientcmd.RESTConfigFromKubeConfig(secret.Data["value"])
	must(b.t, err)
	c, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	must(b.t, err)
	return c, config.CAData
}

func (b *bench) workers(ctx context.Context, name string, want int) func() error {
	return func() error {
		var machines unstructured.UnstructuredList
		machines.SetGroupVersionKind(schema.FromAPIVersionAndKind("cluster.x-k8s.io/v1beta2", "MachineList"))
		if err := b.cluster.List(ctx, &machines, client.InNamespace("tenant-"+name)); err != nil {
			return err
		}
		running := 0
		var seen []string
		for i := range machines.Items {
			phase := reconcile.String(&machines.Items[i], "status", "phase")
			if phase == "Running" && reconcile.String(&machines.Items[i], "status", "nodeRef", "name") != "" {
				running++
			}
			seen = append(seen, phase)
		}
		if running != want || len(machines.Items) != want {
			return fmt.Errorf("machines: %v", seen)
		}
		return nil
	}
}

func (b *bench) kubeconfig(ctx context.Context, name string) string {
	b.t.Helper()
	var secret corev1.Secret
	must(b.t, b.cluster.Get(ctx, types.NamespacedName{Namespace: "tenant-" + name, Name: name + "-kubeconfig"}, &secret))
	if _, err := clientcmd.Load(secret.Data["value"]); err != nil {
		b.t.Fatal(err)
	}
	return string(secret.Data["value"])
}

func (b *bench) scale(ctx context.Context, name string, replicas int) func() error {
	return func() error {
		md := reconcile.New(schema.FromAPIVersionAndKind("cluster.x-k8s.io/v1beta2", "MachineDeployment"), "tenant-"+name, name+"-workers")
		patch := fmt.Sprintf(`{"spec":{"replicas":%d}}`, replicas)
		return b.cluster.Patch(ctx, md, client.RawPatch(types.MergePatchType, []byte(patch)))
	}
}
