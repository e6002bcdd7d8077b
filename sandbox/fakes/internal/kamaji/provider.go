package kamaji

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// Conditions of a KamajiControlPlane, in the order they come true.
const (
	tenantCreated    = "TenantControlPlaneCreated"
	addressReady     = "TenantControlPlaneAddressReady"
	endpointPatched  = "ControlPlaneEndpointPatched"
	infraPatched     = "InfrastructureClusterPatched"
	isInitialized    = "KamajiControlPlaneIsInitialized"
	resourcesCreated = "KubeadmResourcesCreated"
	isReady          = "KamajiControlPlaneIsReady"
	available        = "Available"
	paused           = "Paused"
)

// reconcileProvider follows the steps of the real provider; each has a condition, and the first that fails ends the
// round.
func (d *Fake) reconcileProvider(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	kcp, err := d.Cluster.Find(ctx, providerKind, key)
	if err != nil || kcp == nil || kcp.GetDeletionTimestamp() != nil {
		return 0, err
	}
	cluster, err := d.ownerCluster(ctx, kcp)
	if err != nil || cluster == nil {
		return 0, err
	}
	if isPaused(cluster) || isPaused(kcp) {
		return 0, d.Cluster.Change(ctx, kcp, func(o *unstructured.Unstructured) error {
			setRequired(o)
			reconcile.SetCondition(o, condition(o, paused, nil, "Paused"))
			return nil
		})
	}

	var tcp *unstructured.Unstructured
	var again time.Duration
	steps := []struct {
		condition string
		run       func() error
	}{
		{tenantCreated, func() (err error) {
			tcp, err = d.applyTenant(ctx, cluster, kcp)
			return err
		}},
		{addressReady, func() error {
			if reconcile.String(tcp, "status", "controlPlaneEndpoint") == "" {
				return reconcile.Waiting("control plane endpoint is not yet processed")
			}
			return nil
		}},
		{endpointPatched, func() error { return d.patchEndpoint(ctx, kcp, tcp) }},
		{infraPatched, func() error { return d.patchInfrastructure(ctx, cluster, kcp) }},
		{isInitialized, func() error {
			if !provisioned(cluster) {
				return reconcile.Waiting("Cluster %s: infrastructure is not yet provisioned", cluster.GetName())
			}
			if status := tenantStatus(tcp); status != statusReady && !initialized(kcp) {
				return reconcile.Waiting("TenantControlPlane in %s status", status)
			}
			return nil
		}},
		{resourcesCreated, func() error { return d.publishSecrets(ctx, cluster, kcp, tcp) }},
		{isReady, func() error {
			if status := tenantStatus(tcp); status != statusReady && status != statusUpgrading {
				return reconcile.Waiting("TenantControlPlane in %s status", status)
			}
			return nil
		}},
	}
	results := map[string]error{}
	var failure error
	for _, step := range steps {
		failure = step.run()
		results[step.condition] = failure
		if failure != nil {
			break
		}
	}
	if failure != nil {
		again = soon
	}

	if live, err := d.Cluster.Find(ctx, providerKind, key); err != nil || live == nil {
		return 0, err
	} else {
		kcp = live
	}
	err = d.Cluster.Change(ctx, kcp, func(o *unstructured.Unstructured) error {
		setRequired(o)
		removeCondition(o, paused)
		for _, step := range steps {
			if err, done := results[step.condition]; done {
				reconcile.SetCondition(o, condition(o, step.condition, err, "Succeeded"))
			}
		}
		if err, done := results[isInitialized]; done && err == nil {
			reconcile.Set(o, true, "status", "initialization", "controlPlaneInitialized")
			copyScale(o, tcp)
		}
		// A step that fails before says nothing of a control plane that serves.
		if err, done := results[isReady]; done {
			reconcile.Set(o, err == nil, "status", "ready")
			reason := "Available"
			if err != nil {
				reason = "NotAvailable"
			}
			reconcile.SetCondition(o, condition(o, available, err, reason))
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if failure != nil && !errors.Is(failure, reconcile.ErrWait) {
		return 0, failure
	}
	return again, nil
}

// setRequired fills what the CRD demands of any status.
func setRequired(kcp *unstructured.Unstructured) {
	reconcile.Set(kcp, true, "status", "externalManagedControlPlane")
	if _, found, _ := unstructured.NestedBool(kcp.Object, "status", "ready"); !found {
		reconcile.Set(kcp, false, "status", "ready")
	}
	if reconcile.String(kcp, "status", "version") == "" {
		reconcile.Set(kcp, "", "status", "version")
	}
}

func condition(kcp *unstructured.Unstructured, kind string, err error, reason string) reconcile.Condition {
	c := reconcile.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: reason, Generation: kcp.GetGeneration()}
	if err != nil {
		c.Status, c.Message = metav1.ConditionFalse, err.Error()
		if c.Reason == "Succeeded" {
			c.Reason = "Pending"
		}
	}
	return c
}

func removeCondition(object *unstructured.Unstructured, kind string) {
	conditions, found, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	if !found {
		return
	}
	kept := []any{}
	for _, entry := range conditions {
		if c, ok := entry.(map[string]any); !ok || c["type"] != kind {
			kept = append(kept, entry)
		}
	}
	reconcile.Set(object, kept, "status", "conditions")
}

func copyScale(kcp, tcp *unstructured.Unstructured) {
	for _, field := range []struct{ to, from string }{
		{"readyReplicas", "readyReplicas"}, {"replicas", "replicas"},
		{"availableReplicas", "availableReplicas"}, {"upToDateReplicas", "updatedReplicas"},
	} {
		count, _, _ := unstructured.NestedInt64(tcp.Object, "status", "kubernetesResources", "deployment", field.from)
		reconcile.Set(kcp, count, "status", field.to)
	}
	reconcile.Set(kcp, reconcile.String(tcp, "status", "kubernetesResources", "deployment", "selector"), "status", "selector")
	reconcile.Set(kcp, reconcile.String(tcp, "status", "kubernetesResources", "version", "version"), "status", "version")
}

func (d *Fake) ownerCluster(ctx context.Context, kcp *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	for _, owner := range kcp.GetOwnerReferences() {
		if owner.Kind == "Cluster" && strings.HasPrefix(owner.APIVersion, clusterKind.Group+"/") {
			return d.Cluster.Find(ctx, clusterKind, types.NamespacedName{Namespace: kcp.GetNamespace(), Name: owner.Name})
		}
	}
	return nil, nil
}

func isPaused(object *unstructured.Unstructured) bool {
	if _, found := object.GetAnnotations()["cluster.x-k8s.io/paused"]; found {
		return true
	}
	on, _, _ := unstructured.NestedBool(object.Object, "spec", "paused")
	return on && object.GetKind() == "Cluster"
}

func provisioned(cluster *unstructured.Unstructured) bool {
	on, _, _ := unstructured.NestedBool(cluster.Object, "status", "initialization", "infrastructureProvisioned")
	return on && reconcile.String(cluster, "spec", "controlPlaneEndpoint", "host") != ""
}

func initialized(kcp *unstructured.Unstructured) bool {
	on, _, _ := unstructured.NestedBool(kcp.Object, "status", "initialization", "controlPlaneInitialized")
	return on
}

func (d *Fake) patchEndpoint(ctx context.Context, kcp, tcp *unstructured.Unstructured) error {
	host, text, err := net.SplitHostPort(reconcile.String(tcp, "status", "controlPlaneEndpoint"))
	if err != nil {
		return fmt.Errorf("cannot split the control plane endpoint into host and port: %w", err)
	}
	port, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return fmt.Errorf("cannot parse the control plane port into an integer: %w", err)
	}
	return d.Cluster.Change(ctx, kcp, func(o *unstructured.Unstructured) error {
		reconcile.Set(o, host, "spec", "controlPlaneEndpoint", "host")
		reconcile.Set(o, port, "spec", "controlPlaneEndpoint", "port")
		return nil
	})
}

// patchInfrastructure gives the endpoint to the infrastructure cluster and declares it ready, as the provider does for
// KubevirtCluster.
func (d *Fake) patchInfrastructure(ctx context.Context, cluster, kcp *unstructured.Unstructured) error {
	kind, name := reconcile.String(cluster, "spec", "infrastructureRef", "kind"), reconcile.String(cluster, "spec", "infrastructureRef", "name")
	if name == "" {
		return fmt.Errorf("Cluster %s has no infrastructureRef", cluster.GetName())
	}
	if kind != "KubevirtCluster" {
		return fmt.Errorf("infrastructure cluster of kind %s — the sandbox has KubevirtCluster only", kind)
	}
	infrastructure := schema.GroupVersionKind{Group: "infrastructure.cluster.x-k8s.io", Version: "v1alpha1", Kind: kind}
	key := types.NamespacedName{Namespace: cluster.GetNamespace(), Name: name}
	object, err := d.Cluster.Find(ctx, infrastructure, key)
	if err != nil {
		return err
	}
	if object == nil {
		return reconcile.Waiting("cannot retrieve %s %s", kind, key)
	}
	endpoint, _, _ := unstructured.NestedMap(kcp.Object, "spec", "controlPlaneEndpoint")
	return d.Cluster.Change(ctx, object, func(o *unstructured.Unstructured) error {
		reconcile.Set(o, endpoint, "spec", "controlPlaneEndpoint")
		reconcile.Set(o, true, "status", "ready")
		return nil
	})
}

// publishSecrets makes the two Secrets Cluster API reads: the kubeconfig and the certificate authority.
func (d *Fake) publishSecrets(ctx context.Context, cluster, kcp, tcp *unstructured.Unstructured) error {
	namespace, name := cluster.GetNamespace(), cluster.GetName()
	labels := func(kind string) map[string]string {
		return map[string]string{
			"cluster.x-k8s.io/cluster-name": name, "kamaji.clastix.io/component": "capi", "kamaji.clastix.io/secret": kind,
			"kamaji.clastix.io/cluster": name, "kamaji.clastix.io/tcp": tcp.GetName(),
		}
	}
	secret := func(suffix, kind string, data map[string][]byte) *corev1.Secret {
		return &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: namespace, Name: name + suffix, Labels: labels(kind),
				OwnerReferences: []metav1.OwnerReference{reconcile.OwnedBy(kcp, providerKind)},
			},
			Type: "cluster.x-k8s.io/secret", Data: data,
		}
	}

	admin, err := d.secret(ctx, namespace, reconcile.String(tcp, "status", "kubeconfig", "admin", "secretName"))
	if err != nil {
		return err
	}
	entry := "admin.conf"
	if wanted := kcp.GetAnnotations()["kamaji.clastix.io/kubeconfig-secret-key"]; wanted != "" {
		entry = wanted
	} else if reconcile.String(kcp, "spec", "network", "advertiseAddress") != "" {
		entry = "admin.svc"
	}
	if admin == nil || len(admin[entry]) == 0 {
		return reconcile.Waiting("admin kubeconfig still unprocessed by Kamaji")
	}
	if err := d.Cluster.ApplyTyped(ctx, secret("-kubeconfig", "kubeconfig", map[string][]byte{"value": admin[entry]})); err != nil {
		return err
	}

	// Of the same name as the Cluster, the control plane's own Secret is the one Cluster API reads.
	caName := reconcile.String(tcp, "status", "certificates", "ca", "secretName")
	if caName == name+"-ca" {
		return nil
	}
	ca, err := d.secret(ctx, namespace, caName)
	if err != nil {
		return err
	}
	if ca == nil {
		return reconcile.Waiting("CA still unprocessed by Kamaji")
	}
	return d.Cluster.ApplyTyped(ctx, secret("-ca", "ca", map[string][]byte{
		corev1.TLSCertKey: ca["ca.crt"], corev1.TLSPrivateKeyKey: ca["ca.key"],
	}))
}

func tenantStatus(tcp *unstructured.Unstructured) string {
	return reconcile.String(tcp, "status", "kubernetesResources", "version", "status")
}
