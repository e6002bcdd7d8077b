package kamaji

import (
	"context"
	"fmt"
	"maps"
	"net"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// clusterDomainAnnotation carries the cluster's domain where the installed CRD of Kamaji is too old to have the field.
const clusterDomainAnnotation = "sandbox.firmament.example/cluster-domain"

// applyTenant creates or updates the TenantControlPlane of a KamajiControlPlane.
func (d *Fake) applyTenant(ctx context.Context, cluster, kcp *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if !d.Cluster.Serves(tenantKind) {
		return nil, reconcile.Waiting("Kamaji is not installed: no kind %s", tenantKind.Kind)
	}
	for _, san := range texts(kcp, "spec", "network", "certSANs") {
		if _, _, err := net.SplitHostPort(san); err == nil {
			return nil, fmt.Errorf("unsupported certificate SAN: entry %s is invalid", san)
		}
	}
	key := reconcile.Key(kcp)
	spec := tenantSpec(cluster, kcp)
	tcp, err := d.Cluster.Find(ctx, tenantKind, key)
	if err != nil {
		return nil, err
	}
	annotations := map[string]string{}
	for name, value := range kcp.GetAnnotations() {
		if name != "kubectl.kubernetes.io/last-applied-configuration" {
			annotations[name] = value
		}
	}
	if domain := reconcile.String(cluster, "spec", "clusterNetwork", "serviceDomain"); domain != "" {
		annotations[clusterDomainAnnotation] = domain
	}
	if tcp == nil {
		if err := d.checkDataStore(ctx, spec); err != nil {
			return nil, err
		}
		tcp = reconcile.New(tenantKind, key.Namespace, key.Name)
		tcp.SetLabels(kcp.GetLabels())
		tcp.SetAnnotations(annotations)
		tcp.SetOwnerReferences([]metav1.OwnerReference{reconcile.OwnedBy(kcp, providerKind)})
		reconcile.Set(tcp, spec, "spec")
		if err := d.Cluster.Create(ctx, tcp); err != nil {
			return nil, fmt.Errorf("cannot create TenantControlPlane %s: %w", key, err)
		}
		return tcp, nil
	}
	return tcp, d.Cluster.Change(ctx, tcp, func(o *unstructured.Unstructured) error {
		merged := o.GetAnnotations()
		if merged == nil {
			merged = map[string]string{}
		}
		maps.Copy(merged, annotations)
		o.SetAnnotations(merged)
		o.SetLabels(kcp.GetLabels())
		live, _, _ := unstructured.NestedMap(o.Object, "spec")
		// Only what the provider has an opinion on; defaults of Kamaji stay.
		overlay(live, spec)
		reconcile.Set(o, live, "spec")
		return nil
	})
}

// checkDataStore refuses an unknown DataStore, as Kamaji's webhook does.
func (d *Fake) checkDataStore(ctx context.Context, spec map[string]any) error {
	name, _ := spec["dataStore"].(string)
	if name == "" {
		name = defaultDataStore
	}
	store, err := d.Cluster.Find(ctx, datastoreKind, types.NamespacedName{Name: name})
	if err != nil {
		return err
	}
	if store == nil {
		return reconcile.Waiting("%s DataStore does not exist", name)
	}
	return nil
}

// tenantSpec says in Kamaji's words what Cluster and KamajiControlPlane ask for.
func tenantSpec(cluster, kcp *unstructured.Unstructured) map[string]any {
	version := reconcile.String(kcp, "spec", "version")
	if !strings.HasPrefix(version, "v") {
		version = "v" + version
	}
	deployment := map[string]any{}
	move(deployment, kcp, "replicas", "spec", "replicas")
	for _, field := range []string{"nodeSelector", "runtimeClassName", "serviceAccountName", "strategy", "affinity", "tolerations", "topologySpreadConstraints", "additionalMetadata", "podAdditionalMetadata"} {
		move(deployment, kcp, field, "spec", "deployment", field)
	}
	registry := map[string]any{}
	move(registry, kcp, "registry", "spec", "registry")
	extraArgs, resources := map[string]any{}, map[string]any{}
	for _, part := range []string{"apiServer", "controllerManager", "scheduler"} {
		move(extraArgs, kcp, part, "spec", part, "extraArgs")
		move(resources, kcp, part, "spec", part, "resources")
		move(registry, kcp, part+"Image", "spec", part, "containerImageName")
	}
	put(deployment, "registrySettings", registry)
	put(deployment, "extraArgs", extraArgs)
	put(deployment, "resources", resources)

	metadata := map[string]any{}
	move(metadata, kcp, "labels", "spec", "network", "serviceLabels")
	move(metadata, kcp, "annotations", "spec", "network", "serviceAnnotations")
	service := map[string]any{"serviceType": "LoadBalancer"}
	move(service, kcp, "serviceType", "spec", "network", "serviceType")
	put(service, "additionalMetadata", metadata)

	network := map[string]any{}
	move(network, cluster, "port", "spec", "clusterNetwork", "apiServerPort")
	move(network, cluster, "clusterDomain", "spec", "clusterNetwork", "serviceDomain")
	if pods := texts(cluster, "spec", "clusterNetwork", "pods", "cidrBlocks"); len(pods) > 0 {
		network["podCidr"] = pods[0]
	}
	if services := texts(cluster, "spec", "clusterNetwork", "services", "cidrBlocks"); len(services) > 0 {
		network["serviceCidr"] = services[0]
	}
	move(network, kcp, "address", "spec", "network", "serviceAddress")
	move(network, kcp, "dnsServiceIPs", "spec", "network", "dnsServiceIPs")
	move(network, kcp, "dnsServiceIPs", "spec", "addons", "coreDNS", "dnsServiceIPs")
	move(network, kcp, "loadBalancerSourceRanges", "spec", "network", "loadBalancerConfig", "loadBalancerSourceRanges")
	move(network, kcp, "loadBalancerClass", "spec", "network", "loadBalancerConfig", "loadBalancerClass")
	sans := texts(kcp, "spec", "network", "certSANs")
	for _, path := range []string{"ingress", "gateway"} {
		if name := reconcile.String(kcp, "spec", "network", path, "hostname"); name != "" {
			host, _, err := net.SplitHostPort(name)
			if err != nil {
				host = name
			}
			sans = append(sans, host)
		}
	}
	if len(sans) > 0 {
		network["certSANs"] = anys(sans)
	}

	kubernetes := map[string]any{"version": version, "kubelet": map[string]any{}}
	move(kubernetes, kcp, "kubelet", "spec", "kubelet")
	move(kubernetes, kcp, "admissionControllers", "spec", "admissionControllers")

	addons := map[string]any{}
	for _, addon := range []string{"coreDNS", "kubeProxy", "konnectivity"} {
		move(addons, kcp, addon, "spec", "addons", addon)
	}
	if dns, ok := addons["coreDNS"].(map[string]any); ok {
		delete(dns, "dnsServiceIPs")
	}
	spec := map[string]any{
		"controlPlane":   map[string]any{"deployment": deployment, "service": service},
		"kubernetes":     kubernetes,
		"networkProfile": network,
		"addons":         addons,
	}
	move(spec, kcp, "dataStore", "spec", "dataStoreName")
	move(spec, kcp, "dataStoreSchema", "spec", "dataStoreSchema")
	move(spec, kcp, "dataStoreUsername", "spec", "dataStoreUsername")
	return spec
}

// move copies a field of an object, where it is there, under a new name.
func move(to map[string]any, from *unstructured.Unstructured, name string, path ...string) {
	if value, found, err := unstructured.NestedFieldCopy(from.Object, path...); found && err == nil {
		to[name] = value
	}
}

func put(to map[string]any, name string, value map[string]any) {
	if len(value) > 0 {
		to[name] = value
	}
}

// overlay writes fields over others, map by map.
func overlay(under, over map[string]any) {
	for name, value := range over {
		if fields, ok := value.(map[string]any); ok {
			if below, ok := under[name].(map[string]any); ok {
				overlay(below, fields)
				continue
			}
		}
		under[name] = value
	}
}

func texts(object *unstructured.Unstructured, path ...string) []string {
	list, _, _ := unstructured.NestedStringSlice(object.Object, path...)
	return list
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, text := range list {
		out[i] = text
	}
	return out
}
