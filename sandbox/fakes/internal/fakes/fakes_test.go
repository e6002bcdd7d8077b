package fakes

import (
	"context"
	"fmt"
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
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/bundle"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

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

	// kubernetes-sigs/cluster-api-provider-kubevirt#70: after a power cut a pool stayed NotReady for good.
	t.Run("a pool whose machines all end at once is replaced", func(t *testing.T) {
		b.apply(ctx, healthCheck)
		instances := schema.FromAPIVersionAndKind("kubevirt.io/v1", "VirtualMachineInstance")
		ended, err := b.cluster.All(ctx, instances, client.InNamespace("tenant-acme"))
		must(t, err)
		for i := range ended {
			must(t, b.cluster.Change(ctx, &ended[i], func(o *unstructured.Unstructured) error {
				reconcile.Set(o, "Failed", "status", "phase")
				return nil
			}))
		}
		b.eventually(ctx, "machines that ended are gone", 240*time.Second, func() error {
			for i := range ended {
				if err := b.gone(ctx, "cluster.x-k8s.io/v1beta2", "Machine", "tenant-acme", ended[i].GetName())(); err != nil {
					return err
				}
			}
			return nil
		})
		b.eventually(ctx, "two other machines running", 180*time.Second, b.workers(ctx, "acme", 2))
		must(t, tenant.List(ctx, &nodes))
		if len(nodes.Items) != 2 {
			t.Errorf("nodes of the tenant: %d, want 2", len(nodes.Items))
		}
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
		if left, _ := filepath.Glob(filepath.Join(b.dir, "fakes", "kamaji", "tenants", "*", "*")); len(left) > 0 {
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
