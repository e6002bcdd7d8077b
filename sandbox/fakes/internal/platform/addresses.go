package platform

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

const (
	poolAnnotation      = "metallb.io/address-pool"
	addressesAnnotation = "metallb.io/loadBalancerIPs"
	fromAnnotation      = "metallb.io/ip-allocated-from-pool"
)

var poolKind = kind("metallb.io", "v1beta1", "IPAddressPool")

// loadBalancers gives addresses of MetalLB's and Cilium's pools to Services of type LoadBalancer.
func (d *Fake) loadBalancers() reconcile.Controller {
	waiting := func(ctx context.Context, _ *unstructured.Unstructured) []types.NamespacedName {
		var services corev1.ServiceList
		if err := d.Cluster.List(ctx, &services); err != nil {
			return nil
		}
		var keys []types.NamespacedName
		for i := range services.Items {
			if services.Items[i].Spec.Type == corev1.ServiceTypeLoadBalancer {
				keys = append(keys, reconcile.Key(&services.Items[i]))
			}
		}
		return keys
	}
	controller := reconcile.Controller{
		Name: "platform/LoadBalancer", Kind: kind("", "v1", "Service"), Reconcile: d.reconcileService,
	}
	for _, each := range announcers {
		controller.Also = append(controller.Also, reconcile.Also{Kind: each.pools, Map: waiting})
	}
	return controller
}

func (d *Fake) reconcileService(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	d.allocating.Lock()
	defer d.allocating.Unlock()
	var service corev1.Service
	if err := d.Cluster.Get(ctx, key, &service); err != nil {
		return 0, client.IgnoreNotFound(err)
	}
	before := service.DeepCopy()
	ours := service.Annotations[fromAnnotation] != ""
	if service.Spec.Type != corev1.ServiceTypeLoadBalancer || service.DeletionTimestamp != nil {
		if !ours || service.DeletionTimestamp != nil {
			return 0, nil
		}
		service.Status.LoadBalancer.Ingress = nil
		delete(service.Annotations, fromAnnotation)
		return 0, d.save(ctx, before, &service)
	}
	if len(service.Status.LoadBalancer.Ingress) > 0 {
		return 0, nil
	}
	address, pool, err := d.allocate(ctx, &service)
	if err != nil {
		return 5 * time.Second, nil //nolint:nilerr // no address is a state that settles when pools change, as with MetalLB
	}
	if service.Annotations == nil {
		service.Annotations = map[string]string{}
	}
	mode := corev1.LoadBalancerIPModeVIP
	service.Annotations[fromAnnotation] = pool
	service.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: address, IPMode: &mode}}
	return 0, d.save(ctx, before, &service)
}

func (d *Fake) save(ctx context.Context, before, service *corev1.Service) error {
	status := service.Status
	if err := d.Cluster.Patch(ctx, service, client.MergeFrom(before), client.FieldOwner(reconcile.Owner)); err != nil {
		return client.IgnoreNotFound(err)
	}
	base := service.DeepCopy()
	service.Status = status
	err := d.Cluster.Status().Patch(ctx, service, client.MergeFrom(base), client.FieldOwner(reconcile.Owner))
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// allocate finds a free address in the pools of whichever announcer has one.
func (d *Fake) allocate(ctx context.Context, service *corev1.Service) (address, pool string, err error) {
	taken, err := d.taken(ctx, reconcile.Key(service))
	if err != nil {
		return "", "", err
	}
	for _, each := range announcers {
		if class := service.Spec.LoadBalancerClass; class != nil && *class != each.class || !d.Cluster.Serves(each.pools) {
			continue
		}
		if address, pool, err = d.free(ctx, each, service, taken); err != nil || address != "" {
			return address, pool, err
		}
	}
	return "", "", fmt.Errorf("Service %s: no address is free", reconcile.Key(service))
}

func (d *Fake) taken(ctx context.Context, except types.NamespacedName) (map[string]bool, error) {
	var services corev1.ServiceList
	if err := d.Cluster.List(ctx, &services); err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for i := range services.Items {
		if reconcile.Key(&services.Items[i]) == except {
			continue
		}
		for _, ingress := range services.Items[i].Status.LoadBalancer.Ingress {
			taken[ingress.IP] = true
		}
	}
	return taken, nil
}

func annotation(service *corev1.Service, names ...string) string {
	for _, name := range names {
		if value := service.Annotations[name]; value != "" {
			return value
		}
	}
	return ""
}

// pools keeps the counts in the status of pools.
func (d *Fake) pools() reconcile.Controller {
	return reconcile.Controller{
		Name: "platform/IPAddressPool", Kind: poolKind,
		Also: []reconcile.Also{{Kind: kind("", "v1", "Service"), Map: func(ctx context.Context, service *unstructured.Unstructured) []types.NamespacedName {
			pool := service.GetAnnotations()[fromAnnotation]
			if pool == "" {
				return nil
			}
			// Pools live in MetalLB's namespace, which the annotation does not name.
			return d.poolsNamed(ctx, pool)
		}}},
		Reconcile: d.reconcilePool,
	}
}

func (d *Fake) poolsNamed(ctx context.Context, name string) []types.NamespacedName {
	if !d.Cluster.Serves(poolKind) {
		return nil
	}
	pools, err := d.Cluster.All(ctx, poolKind)
	if err != nil {
		return nil
	}
	var keys []types.NamespacedName
	for i := range pools {
		if pools[i].GetName() == name {
			keys = append(keys, reconcile.Key(&pools[i]))
		}
	}
	return keys
}

func (d *Fake) reconcilePool(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	pool, err := d.Cluster.Find(ctx, poolKind, key)
	if err != nil || pool == nil || pool.GetDeletionTimestamp() != nil {
		return 0, err
	}
	var services corev1.ServiceList
	if err := d.Cluster.List(ctx, &services); err != nil {
		return 0, err
	}
	counts := map[string]int64{}
	for _, service := range services.Items {
		if service.Annotations[fromAnnotation] != key.Name {
			continue
		}
		for _, ingress := range service.Status.LoadBalancer.Ingress {
			if ip, err := netip.ParseAddr(ingress.IP); err == nil {
				counts[family(ip)]++
			}
		}
	}
	sizes := map[string]int64{}
	for _, text := range texts(pool, "spec", "addresses") {
		first, last, err := parseRange(text)
		if err != nil {
			return 0, fmt.Errorf("IPAddressPool %s: %w", key, err)
		}
		const most = 1 << 20 // larger pools are IPv6 and need no exact count
		for ip := first; ip.Compare(last) <= 0 && sizes[family(ip)] < most; ip = ip.Next() {
			sizes[family(ip)]++
		}
	}
	return 0, d.Cluster.Change(ctx, pool, func(o *unstructured.Unstructured) error {
		for _, f := range []string{"IPv4", "IPv6"} {
			reconcile.Set(o, counts[f], "status", "assigned"+f)
			reconcile.Set(o, sizes[f]-counts[f], "status", "available"+f)
		}
		return nil
	})
}

func family(ip netip.Addr) string {
	if ip.Is4() {
		return "IPv4"
	}
	return "IPv6"
}
