package doubles

import (
	"context"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/daemon/internal/bundle"
	"firmament.example/sandbox/daemon/internal/controlplane"
	"firmament.example/sandbox/daemon/internal/pki"
	"firmament.example/sandbox/daemon/internal/ports"
	"firmament.example/sandbox/daemon/internal/process"
	"firmament.example/sandbox/daemon/internal/reconcile"
)

// These tests run real programs. SANDBOX_TOOLS is the directory of etcd, kube-apiserver and the others, SANDBOX_CRDS
// the CRD bundle; without both they are skipped.

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

// serve runs a management cluster with the doubles until SIGTERM. It is a process of its own, so that a test can kill
// it as nobody can defend against.
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
	return Run(ctx, Deps{Deps: deps, Management: cp.RESTConfig(), StateDir: dir, Bundle: os.Getenv("SANDBOX_CRDS")})
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
	toolsDir, crds := os.Getenv("SANDBOX_TOOLS"), os.Getenv("SANDBOX_CRDS")
	if toolsDir == "" || crds == "" {
		t.Skip("SANDBOX_TOOLS and SANDBOX_CRDS are not set")
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

const providers = `
apiVersion: v1
kind: Namespace
metadata: {name: capi-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: capi-kubeadm-bootstrap-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: kamaji-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: capk-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: metallb-system}
---
apiVersion: kubevirt.io/v1
kind: KubeVirt
metadata: {name: kubevirt, namespace: capk-system}
spec: {}
---
apiVersion: cdi.kubevirt.io/v1beta1
kind: CDI
metadata: {name: cdi}
spec: {}
---
apiVersion: operator.cluster.x-k8s.io/v1alpha2
kind: InfrastructureProvider
metadata: {name: kubevirt, namespace: capk-system}
spec: {version: v0.11.2}
---
apiVersion: operator.cluster.x-k8s.io/v1alpha2
kind: ControlPlaneProvider
metadata: {name: kamaji, namespace: kamaji-system}
spec: {version: v0.20.0}
---
apiVersion: operator.cluster.x-k8s.io/v1alpha2
kind: BootstrapProvider
metadata: {name: kubeadm, namespace: capi-kubeadm-bootstrap-system}
spec: {version: v1.13.5}
---
apiVersion: operator.cluster.x-k8s.io/v1alpha2
kind: CoreProvider
metadata: {name: cluster-api, namespace: capi-system}
spec: {version: v1.13.5}
---
apiVersion: kamaji.clastix.io/v1alpha1
kind: DataStore
metadata: {name: default}
spec:
  driver: etcd
  endpoints: ["etcd.kamaji-system.svc:2379"]
  tlsConfig:
    certificateAuthority:
      certificate: {secretReference: {name: etcd-certs, namespace: kamaji-system, keyPath: ca.crt}}
      privateKey: {secretReference: {name: etcd-certs, namespace: kamaji-system, keyPath: ca.key}}
    clientCertificate:
      certificate: {secretReference: {name: root-client-certs, namespace: kamaji-system, keyPath: tls.crt}}
      privateKey: {secretReference: {name: root-client-certs, namespace: kamaji-system, keyPath: tls.key}}
`

const tenantObjects = `
apiVersion: v1
kind: Namespace
metadata: {name: tenant-NAME}
---
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: NAME, namespace: tenant-NAME}
spec:
  clusterNetwork:
    pods: {cidrBlocks: [10.243.0.0/16]}
    services: {cidrBlocks: [10.95.0.0/16]}
    serviceDomain: cluster.local
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KamajiControlPlane, name: NAME}
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: KubevirtCluster, name: NAME}
---
apiVersion: controlplane.cluster.x-k8s.io/v1alpha2
kind: KamajiControlPlane
metadata: {name: NAME, namespace: tenant-NAME}
spec:
  version: v1.34.4
  replicas: 2
  dataStoreName: default
  addons: {coreDNS: {}, konnectivity: {server: {port: 8132}}}
  network: {serviceType: LoadBalancer}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1alpha1
kind: KubevirtCluster
metadata: {name: NAME, namespace: tenant-NAME, annotations: {cluster.x-k8s.io/managed-by: kamaji}}
spec: {}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1alpha1
kind: KubevirtMachineTemplate
metadata: {name: NAME-workers, namespace: tenant-NAME}
spec:
  template:
    spec:
      virtualMachineBootstrapCheck: {checkStrategy: none}
      virtualMachineTemplate:
        metadata: {namespace: tenant-NAME}
        spec:
          runStrategy: Always
          template:
            spec:
              domain:
                cpu: {cores: 2}
                memory: {guest: 4Gi}
                devices:
                  disks: [{name: root, disk: {bus: virtio}}]
                  interfaces: [{name: default, bridge: {}}]
              networks: [{name: default, pod: {}}]
              volumes: [{name: root, containerDisk: {image: "quay.io/capk/ubuntu-2404-container-disk:v1.34.1"}}]
---
apiVersion: bootstrap.cluster.x-k8s.io/v1beta2
kind: KubeadmConfigTemplate
metadata: {name: NAME-workers, namespace: tenant-NAME}
spec:
  template:
    spec:
      joinConfiguration:
        nodeRegistration:
          criSocket: unix:///var/run/containerd/containerd.sock
          kubeletExtraArgs: [{name: node-labels, value: "pool=workers"}]
---
apiVersion: cluster.x-k8s.io/v1beta2
kind: MachineDeployment
metadata: {name: NAME-workers, namespace: tenant-NAME}
spec:
  clusterName: NAME
  replicas: 2
  selector: {matchLabels: {}}
  template:
    spec:
      clusterName: NAME
      version: v1.34.4
      bootstrap: {configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfigTemplate, name: NAME-workers}}
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: KubevirtMachineTemplate, name: NAME-workers}
`

const network = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: cilium}}
  template:
    metadata: {labels: {k8s-app: cilium}}
    spec:
      hostNetwork: true
      tolerations: [{operator: Exists}]
      containers: [{name: cilium-agent, image: quay.io/cilium/cilium}]
`

const issuers = `
apiVersion: v1
kind: Namespace
metadata: {name: cert-manager}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: leaf, namespace: capi-system}
spec: {secretName: leaf, dnsNames: [a.example.com], issuerRef: {name: cloud, kind: ClusterIssuer}}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: cloud}
spec: {ca: {secretName: root}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: root, namespace: cert-manager}
spec: {secretName: root, isCA: true, commonName: root, issuerRef: {name: selfsigned, kind: ClusterIssuer}}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: selfsigned}
spec: {selfSigned: {}}
---
apiVersion: piraeus.io/v1
kind: LinstorCluster
metadata: {name: linstorcluster}
spec: {}
`

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

func TestAClusterOfCustomResourcesBecomesATenantWithNodes(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()

	b.install(ctx, "cluster-api-operator", "kamaji", "kubevirt-operator", "cdi-operator", "metallb", "cert-manager", "piraeus")
	b.apply(ctx, providers)
	b.apply(ctx, fmt.Sprintf(`
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: public, namespace: metallb-system}
spec: {addresses: [%s-%s]}
`, fmt.Sprintf("127.0.%d.100", b.block), fmt.Sprintf("127.0.%d.120", b.block)))
	for kind, name := range map[string]string{"CoreProvider": "cluster-api", "BootstrapProvider": "kubeadm", "ControlPlaneProvider": "kamaji", "InfrastructureProvider": "kubevirt"} {
		namespace := map[string]string{"CoreProvider": "capi-system", "BootstrapProvider": "capi-kubeadm-bootstrap-system", "ControlPlaneProvider": "kamaji-system", "InfrastructureProvider": "capk-system"}[kind]
		b.eventually(ctx, kind+" ready", 90*time.Second, b.condition(ctx, "operator.cluster.x-k8s.io/v1alpha2", kind, namespace, name, "Ready"))
	}
	b.eventually(ctx, "KubeVirt available", 30*time.Second, b.condition(ctx, "kubevirt.io/v1", "KubeVirt", "capk-system", "kubevirt", "Available"))

	b.apply(ctx, strings.ReplaceAll(tenantObjects, "NAME", "acme"))
	b.eventually(ctx, "control plane available", 120*time.Second, b.condition(ctx, "controlplane.cluster.x-k8s.io/v1alpha2", "KamajiControlPlane", "tenant-acme", "acme", "Available"))
	b.eventually(ctx, "two machines running", 180*time.Second, b.workers(ctx, "acme", 2))

	tenant, ca := b.tenantClient(ctx, "acme")
	var nodes corev1.NodeList
	must(t, tenant.List(ctx, &nodes))
	if len(nodes.Items) != 2 {
		t.Fatalf("nodes of the tenant: %d, want 2", len(nodes.Items))
	}
	for _, node := range nodes.Items {
		if node.Status.NodeInfo.KubeletVersion != "v1.34.1" {
			t.Errorf("node %s: kubelet %q, want that of the image's tag", node.Name, node.Status.NodeInfo.KubeletVersion)
		}
		if node.Labels["pool"] != "workers" || node.Spec.ProviderID != "kubevirt://"+node.Name {
			t.Errorf("node %s: labels %v, provider id %q", node.Name, node.Labels, node.Spec.ProviderID)
		}
		for _, taint := range node.Spec.Taints {
			if taint.Key == "node.cluster.x-k8s.io/uninitialized" {
				t.Errorf("node %s: Cluster API has not initialized it", node.Name)
			}
		}
		if cpu := node.Status.Capacity.Cpu().Value(); cpu != 2 {
			t.Errorf("node %s: %d CPUs, want 2", node.Name, cpu)
		}
	}
	if string(ca) == string(b.cluster.REST.CAData) {
		t.Error("tenant and management cluster share a CA")
	}
	b.eventually(ctx, "machine deployment's webhook defaulting", time.Second, func() error {
		md, err := b.cluster.Find(ctx, schema.FromAPIVersionAndKind("cluster.x-k8s.io/v1beta2", "MachineDeployment"), types.NamespacedName{Namespace: "tenant-acme", Name: "acme-workers"})
		if err != nil {
			return err
		}
		if reconcile.String(md, "spec", "selector", "matchLabels", "cluster.x-k8s.io/cluster-name") != "acme" {
			return fmt.Errorf("selector %v", md.Object["spec"])
		}
		return nil
	})

	t.Run("nodes become ready with the tenant's pod network", func(t *testing.T) {
		objects, err := bundle.Parse([]byte(network))
		must(t, err)
		must(t, tenant.Create(ctx, objects[0]))
		b.eventually(ctx, "machine deployment available", 120*time.Second,
			b.condition(ctx, "cluster.x-k8s.io/v1beta2", "MachineDeployment", "tenant-acme", "acme-workers", "Available"))
	})

	t.Run("certificates and storage report what their users wait for", func(t *testing.T) {
		b.apply(ctx, issuers)
		b.eventually(ctx, "certificate ready", 20*time.Second, b.condition(ctx, "cert-manager.io/v1", "Certificate", "capi-system", "leaf", "Ready"))
		var root, leaf corev1.Secret
		must(t, b.cluster.Get(ctx, types.NamespacedName{Namespace: "cert-manager", Name: "root"}, &root))
		must(t, b.cluster.Get(ctx, types.NamespacedName{Namespace: "capi-system", Name: "leaf"}, &leaf))
		if string(leaf.Data["ca.crt"]) != string(root.Data["tls.crt"]) {
			t.Error("the leaf does not carry the authority that issued it")
		}
		b.eventually(ctx, "LinstorCluster available", 10*time.Second, b.condition(ctx, "piraeus.io/v1", "LinstorCluster", "", "linstorcluster", "Available"))
	})

	t.Run("everything continues after the daemon was killed", func(t *testing.T) {
		before := b.kubeconfig(ctx, "acme")
		b.end(syscall.SIGKILL)
		b.up()
		b.eventually(ctx, "tenant serves again", 90*time.Second, func() error { return tenant.List(ctx, &nodes) })
		b.eventually(ctx, "core manager serves again", 60*time.Second, b.scale(ctx, "acme", 3))
		b.eventually(ctx, "three machines running", 180*time.Second, b.workers(ctx, "acme", 3))
		if after := b.kubeconfig(ctx, "acme"); after != before {
			t.Error("the tenant's kubeconfig changed over a restart")
		}
	})

	t.Run("a pool that shrinks loses its nodes", func(t *testing.T) {
		must(t, b.scale(ctx, "acme", 1)())
		b.eventually(ctx, "one machine left", 120*time.Second, b.workers(ctx, "acme", 1))
		must(t, tenant.List(ctx, &nodes))
		if len(nodes.Items) != 1 {
			t.Errorf("nodes of the tenant: %d, want 1", len(nodes.Items))
		}
	})

	t.Run("a deleted cluster leaves nothing", func(t *testing.T) {
		cluster := reconcile.New(schema.FromAPIVersionAndKind("cluster.x-k8s.io/v1beta2", "Cluster"), "tenant-acme", "acme")
		must(t, b.cluster.Delete(ctx, cluster))
		b.eventually(ctx, "Cluster gone", 120*time.Second, b.gone(ctx, "cluster.x-k8s.io/v1beta2", "Cluster", "tenant-acme", "acme"))
		b.eventually(ctx, "TenantControlPlane gone", 60*time.Second, b.gone(ctx, "kamaji.clastix.io/v1alpha1", "TenantControlPlane", "tenant-acme", "acme"))
		must(t, b.cluster.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "tenant-acme"}}))
		b.eventually(ctx, "namespace gone", 120*time.Second, func() error {
			err := b.cluster.Get(ctx, types.NamespacedName{Name: "tenant-acme"}, &corev1.Namespace{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			return fmt.Errorf("namespace still exists (%v)", err)
		})
		if left, _ := filepath.Glob(filepath.Join(b.dir, "processes", "tenant-*")); len(left) > 0 {
			t.Errorf("processes are still there: %v", left)
		}
		if left, _ := filepath.Glob(filepath.Join(b.dir, "doubles", "kamaji", "tenants", "*", "*")); len(left) > 0 {
			t.Errorf("files are still there: %v", left)
		}
	})
}

func TestADaemonThatIsToldToStopLeavesNoProcess(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	b.install(ctx, "cluster-api-operator", "kamaji", "kubevirt-operator", "cdi-operator")
	b.apply(ctx, providers)
	b.eventually(ctx, "CoreProvider ready", 90*time.Second, b.condition(ctx, "operator.cluster.x-k8s.io/v1alpha2", "CoreProvider", "capi-system", "cluster-api", "Ready"))
	began := time.Now()
	b.end(syscall.SIGTERM)
	t.Logf("stopped after %s", time.Since(began).Round(time.Millisecond))
	if left, _ := filepath.Glob(filepath.Join(b.dir, "processes", "*")); len(left) > 0 {
		t.Errorf("processes are still there: %v", left)
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
