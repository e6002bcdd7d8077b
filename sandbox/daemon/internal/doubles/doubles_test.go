package doubles

import (
	"context"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
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

// bench is a management cluster of its own with the doubles.
type bench struct {
	t        *testing.T
	dir      string
	crds     bundle.Dir
	deps     controlplane.Deps
	etcd     *controlplane.Etcd
	cp       *controlplane.ControlPlane
	cluster  *reconcile.Cluster
	stop     func()
	from, to int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	toolsDir, crds := os.Getenv("SANDBOX_TOOLS"), os.Getenv("SANDBOX_CRDS")
	if toolsDir == "" || crds == "" {
		t.Skip("SANDBOX_TOOLS and SANDBOX_CRDS are not set")
	}
	b := &bench{t: t, dir: t.TempDir(), crds: bundle.Dir(crds)}
	paths := map[string]string{}
	for _, tool := range tools {
		path := filepath.Join(toolsDir, tool)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("no %s in SANDBOX_TOOLS", tool)
		}
		paths[tool] = path
	}
	b.deps.Tools = paths
	b.deps.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
	t.Cleanup(func() {
		if t.Failed() {
			b.keepLogs()
		}
	})
	b.up()
	t.Cleanup(func() { b.down() })
	return b
}

// up starts everything on the state that is there.
func (b *bench) up() {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	supervisor, err := process.New(b.dir, b.deps.Log)
	must(b.t, err)
	allocator, err := ports.Open(b.dir, 31000, 31999)
	must(b.t, err)
	b.deps.Supervisor, b.deps.Ports = supervisor, allocator
	done := make(chan struct{})
	b.stop = func() {
		cancel()
		supervisor.StopAll()
		<-done
	}
	started := false
	defer func() {
		if !started {
			close(done)
			b.stop()
		}
	}()
	ca := b.keepCA("management")
	b.etcd, err = controlplane.StartEtcd(ctx, b.deps, controlplane.EtcdConfig{Name: "mgmt-etcd", Dir: filepath.Join(b.dir, "etcd"), CA: ca})
	must(b.t, err)
	port, err := allocator.Port("mgmt")
	must(b.t, err)
	b.cp, err = controlplane.Start(ctx, b.deps, controlplane.Config{
		Name: "mgmt", Dir: filepath.Join(b.dir, "mgmt"), Host: "127.0.0.1", Port: port, CA: ca, Etcd: b.etcd.Client,
		ServiceCIDRs: []string{"10.96.0.0/16"},
	})
	must(b.t, err)
	b.cluster, err = reconcile.Connect(ctx, b.cp.RESTConfig(), b.deps.Log)
	must(b.t, err)
	deps := Deps{Deps: b.deps, Management: b.cp.RESTConfig(), StateDir: b.dir, Bundle: string(b.crds)}
	started = true
	go func() {
		defer close(done)
		if err := Run(ctx, deps); err != nil && ctx.Err() == nil {
			b.t.Errorf("doubles ended: %v", err)
		}
	}()
}

func (b *bench) down() { b.stop() }

func (b *bench) keepCA(name string) controlplane.CertKey {
	b.t.Helper()
	file := filepath.Join(b.dir, name+".pem")
	data, err := os.ReadFile(file)
	if err != nil {
		ca, err := pki.NewCA(name)
		must(b.t, err)
		data = append(append([]byte{}, ca.CertPEM...), ca.KeyPEM...)
		must(b.t, os.WriteFile(file, data, 0o600))
	}
	_, rest := pem.Decode(data)
	return controlplane.CertKey{Cert: data[:len(data)-len(rest)], Key: rest}
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

	b.install(ctx, "cluster-api-operator", "kamaji", "kubevirt-operator", "cdi-operator", "metallb")
	b.apply(ctx, providers)
	b.apply(ctx, fmt.Sprintf(`
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: public, namespace: metallb-system}
spec: {addresses: [%s-%s]}
`, b.deps.Ports.Address(100), b.deps.Ports.Address(120)))
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
	if string(ca) == string(b.cp.Config().CA.Cert) {
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

	t.Run("everything continues after a restart", func(t *testing.T) {
		before := b.kubeconfig(ctx, "acme")
		b.down()
		b.up()
		b.eventually(ctx, "tenant serves again", 90*time.Second, func() error { return tenant.List(ctx, &nodes) })
		b.eventually(ctx, "core manager serves again", 60*time.Second, b.scale(ctx, "acme", 3))
		b.eventually(ctx, "three machines running", 180*time.Second, b.workers(ctx, "acme", 3))
		if after := b.kubeconfig(ctx, "acme"); after != before {
			t.Error("the tenant's kubeconfig changed over a restart")
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
		for _, status := range b.deps.Supervisor.List() {
			if strings.HasPrefix(status.Name, "tenant-") {
				t.Errorf("process %s is still there: %s", status.Name, status.State)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(b.dir, "doubles", "kamaji", "tenants", "*", "*")); len(left) > 0 {
			t.Errorf("files are still there: %v", left)
		}
	})
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
